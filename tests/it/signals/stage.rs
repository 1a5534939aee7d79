//! One call that is cut short: the seam is reached, the signal comes, and what was held goes on.

use serde_json::json;

use super::object::{Ground, INSTANCE_TYPES, Written};
use super::table::{Kind, Row, Seam, Signal, Verb};
use crate::support::azure::{Azure, Hold};
use crate::support::cli::{Cli, Ran};
use crate::support::cluster::{Cluster, Proxy, wait_until};
use crate::support::running::{Provider, Running};

/// Where the sockets of providers are.
const SOCKETS: &str = "sockets";

/// What a row needs.
pub(super) struct Stage<'a> {
    pub(super) row: &'a Row,
    pub(super) cli: Cli,
    name: &'a str,
    service: Service,
}

/// Who has the object.
enum Service {
    Azure(Azure),
    Cluster { cluster: &'static Cluster, proxy: Proxy },
}

impl<'a> Stage<'a> {
    pub(super) fn new(ground: &'a Ground, number: usize, row: &'a Row) -> Option<Self> {
        let azure = ground.azure(row);
        let mut cli = Cli::new(row.program, &azure)?;
        let sockets = cli.path(SOCKETS);
        std::fs::create_dir(&sockets).expect("the working folder takes folders");
        cli.set("TMPDIR", &sockets.to_string_lossy());
        let name = ground.name(number);
        cli.write_file("terraform.tfstate", &ground.state(row, name));
        let service = match ground.cluster {
            None => Service::Azure(azure),
            Some(cluster) => {
                let proxy = cluster.proxy();
                cli.write_file("kubeconfig", proxy.kubeconfig());
                Service::Cluster { cluster, proxy }
            }
        };
        let stage = Self { row, cli, name, service };
        let (kind, written) = (row.kind, Written::after(row.verb));
        stage.cli.write(&kind.configuration(name, written, &stage.cli.path("kubeconfig")));
        Some(stage)
    }

    /// Applies until the seam, sends the signal, and lets go on what was held when everybody has ended.
    ///
    /// The plan does not look at the object, so that the first look is the call's own.
    pub(super) fn cut_short(&self) -> Ran {
        self.hold_first();
        let running = self.cli.start(&["apply", "-json", "-auto-approve", "-refresh=false"]);
        self.reach();
        let providers = running.providers();
        assert!(!providers.is_empty(), "somebody has sent what is held");
        self.signal(&running, &providers);
        let ran = running.end();
        providers.into_iter().for_each(Provider::ends);
        self.release_write();
        ran
    }

    fn signal(&self, running: &Running, providers: &[Provider]) {
        match self.row.signal {
            Signal::Interrupt => running.interrupt(),
            Signal::InterruptTwice => running.interrupt_impatiently(),
            Signal::InterruptProgram => running.interrupt_program(),
            Signal::InterruptProgramTwice => running.interrupt_program_impatiently(),
            Signal::Terminate => running.terminate(),
            Signal::KillProvider => providers.iter().for_each(|provider| provider.kill()),
            Signal::KillProgram => running.kill(),
        }
    }

    // === the seam ===

    fn hold_first(&self) {
        let (method, path) = (self.write_method(), self.write_path());
        match self.row.seam {
            Seam::Look => self.hold("GET", &self.path(), Hold::Request),
            Seam::WriteRequest => self.hold(method, &path, Hold::Request),
            Seam::Poll => self.hold("GET", self.operations(), Hold::Request),
            // Other looks come before the last one, so that what comes right before it is held too.
            Seam::LastRead if self.row.has_operation() => {
                self.hold("GET", self.operations(), Hold::Response);
            }
            Seam::WriteResponse | Seam::LastRead => self.hold(method, &path, Hold::Response),
        }
    }

    fn reach(&self) {
        let (method, path) = (self.write_method(), self.write_path());
        match self.row.seam {
            Seam::Look => self.wait_for_held("GET", &self.path()),
            Seam::WriteRequest | Seam::WriteResponse => self.wait_for_held(method, &path),
            Seam::Poll => self.wait_for_held_poll(),
            Seam::LastRead => {
                if self.row.has_operation() {
                    self.wait_for_held_poll();
                } else {
                    self.wait_for_held(method, &path);
                }
                self.hold("GET", &self.path(), Hold::Request);
                self.release();
                self.wait_for_held("GET", &self.path());
            }
        }
    }

    /// Has carried out what the service had received, and ends what that began.
    fn release_write(&self) {
        self.release();
        if self.row.seam == Seam::Look {
            return;
        }
        let (method, path) = (self.write_method(), self.write_path());
        match &self.service {
            Service::Azure(azure) => {
                azure.waits_for(method, &path);
                azure.ends_operations();
            }
            Service::Cluster { proxy, .. } => wait_until("the write is answered", || {
                let seen = proxy.exchanges();
                seen.iter().any(|seen| seen.is(method, &path) && seen.status.is_some())
            }),
        }
    }

    // === the service ===

    pub(super) fn path(&self) -> String {
        self.row.kind.path(self.name)
    }

    fn write_method(&self) -> &'static str {
        match (self.row.kind, self.row.verb) {
            (_, Verb::Delete) => "DELETE",
            (Kind::InstanceType, Verb::Create) => "POST",
            (Kind::Compute, _) | (Kind::Extension, Verb::Create) => "PUT",
            (Kind::Extension | Kind::InstanceType, Verb::Update) => "PATCH",
        }
    }

    fn write_path(&self) -> String {
        match (self.row.kind, self.row.verb) {
            (Kind::InstanceType, Verb::Create) => INSTANCE_TYPES.to_owned(),
            _ => self.path(),
        }
    }

    /// Part of the paths of operations.
    fn operations(&self) -> &'static str {
        match self.row.kind {
            Kind::Compute => "/computeOperationsStatus/",
            Kind::Extension | Kind::InstanceType => "/operations/",
        }
    }

    /// How often anything was written. Of an instance type that is created, the fields are taken over afterwards.
    pub(super) fn writes(&self) -> usize {
        match &self.service {
            Service::Azure(azure) => azure.writes().len(),
            Service::Cluster { proxy, .. } => {
                let methods = ["POST", "DELETE", self.write_method()];
                let mut seen = proxy.exchanges();
                seen.retain(|seen| {
                    methods.contains(&&*seen.method) && seen.path.starts_with(INSTANCE_TYPES)
                });
                seen.len()
            }
        }
    }

    pub(super) fn is_there(&self) -> bool {
        match &self.service {
            Service::Azure(azure) => azure.object(&self.path()).is_some(),
            Service::Cluster { cluster, .. } => cluster.find(&self.path()).is_some(),
        }
    }

    fn hold(&self, method: &str, path: &str, place: Hold) {
        let when = json!({ "method": method, "path": path });
        match &self.service {
            Service::Azure(azure) => azure.holds(&when, place),
            Service::Cluster { proxy, .. } => proxy.holds(&when, place),
        }
    }

    fn wait_for_held(&self, method: &str, path: &str) {
        match &self.service {
            Service::Azure(azure) => azure.waits_for_held(method, path),
            Service::Cluster { proxy, .. } => proxy.waits_for_held(method, path),
        }
    }

    fn wait_for_held_poll(&self) {
        match &self.service {
            Service::Azure(azure) => azure.waits_for_held_below("GET", self.operations()),
            Service::Cluster { .. } => unreachable!("a cluster has no operations"),
        }
    }

    fn release(&self) {
        match &self.service {
            Service::Azure(azure) => azure.releases(),
            Service::Cluster { proxy, .. } => proxy.releases(),
        }
    }

    /// What providers have left of their sockets.
    pub(super) fn sockets(&self) -> usize {
        let folder = std::fs::read_dir(self.cli.path(SOCKETS)).expect("the folder is there");
        folder.count()
    }
}
