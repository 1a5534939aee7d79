//! Stubs of azapi, azurerm, kubernetes and kubectl: as much as a program wants to know of the provider that it moves an object away from.
//!
//! They are served in this process, to which a program attaches.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::marker::PhantomData;
use std::sync::mpsc;
use std::thread;

use framework::{
    Attr, Context, Diagnostic, Failure, Provider, Resource, Saved, Schema, Types, text,
};
use plugin::{Endpoint, Launch, Server};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::azurerm;
use super::plugin::Line;

/// A served stub. It ends when this is dropped.
pub(crate) struct Peer {
    attach: String,
    _end: oneshot::Sender<()>,
}

impl Peer {
    pub(crate) fn azapi() -> Self {
        Self::serve::<Azapi>("azure/azapi")
    }

    pub(crate) fn azurerm() -> Self {
        Self::serve::<Azurerm>("hashicorp/azurerm")
    }

    pub(crate) fn kubernetes() -> Self {
        Self::serve::<Kubernetes>("hashicorp/kubernetes")
    }

    pub(crate) fn kubectl() -> Self {
        Self::serve::<Kubectl>("gavinbunney/kubectl")
    }

    /// The value of the variable by which programs attach.
    pub(crate) fn attach(&self) -> &str {
        &self.attach
    }

    /// azurerm, of which the schemas are known.
    pub(crate) fn with_azurerm_schemas() -> Self {
        Self::start(azurerm::SOURCE, async |told, ended| {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap().to_string();
            told.send(json!({ "Network": "tcp", "String": address })).unwrap();
            let described = azurerm::Azurerm::read();
            tokio::select! {
                never = described.serve(listener) => match never {},
                // The sender is dropped, and never sends.
                _ = ended => {}
            }
        })
    }

    fn serve<P: Provider>(source: &str) -> Self {
        Self::start(source, async |told, ended| {
            let launch = Launch { reattach: true, ..Launch::default() };
            let endpoint = Endpoint::bind(Server::new::<P>(), &launch).await.unwrap();
            let line = Line::parse(&endpoint.line());
            told.send(json!({ "Network": line.network, "String": line.address })).unwrap();
            let ended = async {
                let _ = ended.await;
                plugin::ShutdownReason::Terminated
            };
            endpoint.run(ended).await;
        })
    }

    /// `serve` tells where it can be reached, and ends as it is told.
    fn start(
        source: &str,
        serve: impl AsyncFnOnce(mpsc::Sender<Value>, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (told, address) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(told, ended));
        });
        let provider = json!({
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": address.recv().unwrap(),
        });
        Self { attach: json!({ source: provider }).to_string(), _end: end }
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Nothing {}

struct Azapi;

impl Provider for Azapi {
    const NAME: &'static str = "azapi";
    type Config = Nothing;
    type Error = Failure;

    fn schema() -> Schema {
        Schema::new("A stub of azapi.")
    }

    fn configure(_: Nothing) -> Result<Self, Diagnostic> {
        Ok(Self)
    }

    fn types() -> Types<Self> {
        Types::new().resource::<Object<Self, 0>>()
    }
}

struct Azurerm;

impl Provider for Azurerm {
    const NAME: &'static str = "azurerm";
    type Config = Nothing;
    type Error = Failure;

    fn schema() -> Schema {
        Schema::new("A stub of azurerm.")
    }

    fn configure(_: Nothing) -> Result<Self, Diagnostic> {
        Ok(Self)
    }

    fn types() -> Types<Self> {
        Types::new().resource::<Object<Self, 1>>().resource::<Object<Self, 2>>()
    }
}

struct Kubernetes;

impl Provider for Kubernetes {
    const NAME: &'static str = "kubernetes";
    type Config = Nothing;
    type Error = Failure;

    fn schema() -> Schema {
        Schema::new("A stub of kubernetes.")
    }

    fn configure(_: Nothing) -> Result<Self, Diagnostic> {
        Ok(Self)
    }

    fn types() -> Types<Self> {
        Types::new().resource::<Object<Self, 3>>()
    }
}

struct Kubectl;

impl Provider for Kubectl {
    const NAME: &'static str = "kubectl";
    type Config = Nothing;
    type Error = Failure;

    fn schema() -> Schema {
        Schema::new("A stub of kubectl.")
    }

    fn configure(_: Nothing) -> Result<Self, Diagnostic> {
        Ok(Self)
    }

    fn types() -> Types<Self> {
        Types::new().resource::<Object<Self, 3>>()
    }
}

/// A type of which nothing is asked but to be known.
struct Object<P, const NAME: usize>(PhantomData<fn() -> P>);

#[derive(Clone, Serialize, Deserialize)]
struct Model {
    name: Attr<String>,
}

impl<P: Provider<Error = Failure>, const NAME: usize> Resource for Object<P, NAME> {
    const NAME: &'static str = [
        "resource",
        "arc_kubernetes_cluster_extension",
        "kubernetes_cluster_extension",
        "manifest",
    ][NAME];
    type Provider = P;
    type Model = Model;

    fn schema() -> Schema {
        Schema::new("An object.").with([text("name").required().help("Name.")])
    }

    async fn create(_: &mut Context<'_, P>, _: Model, _: &mut Saved<Model>) -> Result<(), Failure> {
        Err(unasked())
    }

    async fn read(_: &mut Context<'_, P>, _: Model) -> Result<Option<Model>, Failure> {
        Err(unasked())
    }

    async fn delete(_: &mut Context<'_, P>, _: Model) -> Result<(), Failure> {
        Err(unasked())
    }

    fn import(_: &str) -> Result<Model, Failure> {
        Err(unasked())
    }
}

fn unasked() -> Failure {
    Diagnostic::error("Stubs are not asked").into()
}
