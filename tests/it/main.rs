//! One integration binary: real programs against the built provider and the emulator.
//!
//! Each module below is one subject; `support` is what they stand on.

/// Extensions that are gone while what they created is still there.
mod absence;
/// Both resources on AKS.
mod aks;
/// `azureml_arc_extension`, lived through by every program.
mod arc_extension;
/// The manifests against ARCHITECTURE.md.
mod architecture;
/// What holds a compute to its extension.
mod attachment;
/// The blocks of azurerm in the examples, against its schemas.
mod azurerm;
/// The body that other providers send for the extension, beside ours.
mod bare_put;
/// The program as a person starts it, and its completion in a shell.
mod by_hand;
/// What fits on the nodes of a cluster.
mod capacity;
/// The tests that tests/CASES.md names.
mod cases;
/// The API server that tests of clusters stand on.
mod cluster;
/// Nodes, pods, namespaces and rights of a real API server.
mod cluster_checks;
mod cluster_contents;
/// Bad input on the way to a cluster, and clusters that change.
mod cluster_input;
/// Instance types as objects of a real API server.
mod cluster_instance_types;
/// The options of a program, and how it replaces, imports and configures.
mod commands;
/// Relay, Service Bus and Log Analytics beside an extension.
mod connections;
/// What a contributor meets: `make help`, the forms of issues, the changelog.
mod contributing;
/// How the provider signs in, and what it says when it cannot.
mod credentials;
/// What is there already, looked up.
mod data_sources;
/// What `make` says where something is missing.
mod demo;
/// The files of a release.
mod dist;
/// The registry's pages under `docs/`.
mod docs;
/// The product of 2021 and that of today.
mod earlier_state;
/// The emulator's page in a real browser.
mod emulator_page;
mod eras;
/// Everything under `examples/`.
mod examples;
/// What a user reads when something is wrong: which line, which cause, which way out.
mod explanations;
/// Bad input of an extension, and clusters that go.
mod extension_input;
/// Labels, derived settings and names of secrets, from HCL to the wire and back.
mod extension_settings;
/// Which version of the extension runs.
mod extension_version;
/// What Azure answers when things are not as they should be.
mod faults;
/// The functions, called by every program.
mod functions;
/// The corpus of `make fuzz`, replayed.
mod fuzz;
/// The configurations that the guides show.
mod guides;
/// How the built provider and a host meet and part.
mod handshake;
/// What becomes of a call of the provider whose host stops it, leaves it, or ends the plugin.
mod host_interruption;
/// HTTP/2, as Azure speaks it, and what breaks on it.
mod http2;
/// What a plan of an extension says besides its changes.
mod impact;
/// Imports by identity, and configurations written by the program itself.
mod import;
/// Unknown values and bad input, argument by argument.
mod input;
/// `azureml_instance_type`, in a real API server.
mod instance_type;
/// Calls on an instance type that are cut short, at each of their requests.
mod instance_type_interruption;
/// Work that was cut short, and goes on while the service is still at it.
mod interruption;
/// `azureml_kubernetes_compute`, lived through by every program.
mod kubernetes_compute;
/// Each Terraform and OpenTofu that the README names.
mod matrix;
/// Flowcharts of a review, read by Mermaid.
mod mermaid;
/// `validate` and `test` where nothing is configured, and the module of `examples/tests`.
mod mocks;
/// The paths inside `provider` against ARCHITECTURE.md.
mod modules;
/// Objects of other providers, taken over.
mod moves;
/// The namespace of a compute, in a real API server.
mod namespace;
/// One cluster and everything on it in one apply.
mod one_cluster;
/// What no public source settles about Azure, decided either way.
mod open_questions;
/// What an emulated extension does in a real cluster.
mod operator;
/// The role of the guide to permissions.
mod permissions;
/// The picture of the README.
mod picture;
/// The protocol with a toy behind it.
mod protocol;
/// Proxies of the environment.
mod proxies;
/// The workflows of `examples/pull-request`.
mod pull_request;
/// Objects that nobody manages yet, listed.
mod query;
/// Whether the extension runs.
mod readiness;
/// What a newcomer is told to do.
mod readme;
/// The command `review` on real plans, and what it knows of the schemas.
mod review;
/// Canaries in the place of secrets.
mod secrecy;
/// Each way to sign in, against what gives its tokens.
mod sign_in;
/// Each signal at each seam of a call.
mod signals;
/// What `make test` holds the recorded exchanges to.
mod specifications;
mod state;
mod support;
/// The certificate of inference.
mod tls;
/// Writes whose end is not heard.
mod unheard;
