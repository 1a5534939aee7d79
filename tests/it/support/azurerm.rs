//! azurerm as far as its schemas go: `terraform validate` asks a provider for no more than them.
//!
//! The fixture has them in the form of `terraform providers schema -json`.

use std::convert::Infallible;
use std::path::PathBuf;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use plugin::proto::tfplugin6::provider_server::{Provider, ProviderServer};
use plugin::proto::tfplugin6::schema::nested_block::NestingMode;
use plugin::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};
use plugin::proto::tfplugin6::{
    Schema, get_provider_schema, validate_data_resource_config, validate_provider_config,
    validate_resource_config,
};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tonic::codegen::Service as _;
use tonic::{Request, Response, Status};

pub(crate) const SOURCE: &str = "hashicorp/azurerm";

/// The schemas of one version of azurerm.
pub(crate) struct Azurerm {
    pub(crate) fixture: PathBuf,
    document: Value,
}

impl Azurerm {
    /// From the one fixture that there is.
    pub(crate) fn read() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/azurerm");
        let files = std::fs::read_dir(folder).expect("the fixture is there");
        let files = files.map(|file| file.expect("it can be listed").path());
        let mut found = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        let fixture = found.next().expect("there is one fixture");
        assert_eq!(found.next(), None, "and no other");
        let text = std::fs::read(&fixture).expect("it can be read");
        Self { fixture, document: serde_json::from_slice(&text).expect("it is JSON") }
    }

    pub(crate) fn version(&self) -> &str {
        self.document["provider_version"].as_str().expect("a version")
    }

    /// The types of which there is a schema, as `resource NAME` and `data NAME`.
    pub(crate) fn types(&self) -> impl Iterator<Item = String> {
        let [resources, data] = ["resource", "data_source"].map(|kind| self.schemas(kind).keys());
        let resources = resources.map(|name| format!("resource {name}"));
        resources.chain(data.map(|name| format!("data {name}")))
    }

    /// Answers everybody who connects.
    pub(super) async fn serve(&self, listener: TcpListener) -> Infallible {
        let server = ProviderServer::new(Described(self.response()));
        loop {
            let (stream, _) = listener.accept().await.expect("programs connect");
            let server = server.clone();
            let service = service_fn(move |request| server.clone().call(request));
            let connection = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    }

    fn response(&self) -> get_provider_schema::Response {
        let all =
            |kind| self.schemas(kind).iter().map(|(name, it)| (name.clone(), schema(it))).collect();
        get_provider_schema::Response {
            provider: Some(schema(&self.provider()["provider"])),
            resource_schemas: all("resource"),
            data_source_schemas: all("data_source"),
            ..get_provider_schema::Response::default()
        }
    }

    fn schemas(&self, kind: &str) -> &Map<String, Value> {
        object(&self.provider()[format!("{kind}_schemas")])
    }

    fn provider(&self) -> &Value {
        &self.document["provider_schemas"][format!("registry.terraform.io/{SOURCE}")]
    }
}

fn schema(told: &Value) -> Schema {
    Schema { version: 0, block: Some(block(&told["block"])) }
}

fn block(told: &Value) -> Block {
    Block {
        attributes: members(&told["attributes"]).map(attribute).collect(),
        block_types: members(&told["block_types"]).map(nested_block).collect(),
        ..Block::default()
    }
}

fn attribute((name, told): (&String, &Value)) -> Attribute {
    let said = |key: &str| told[key].as_bool().unwrap_or_default();
    Attribute {
        name: name.clone(),
        r#type: told["type"].to_string().into_bytes(),
        required: said("required"),
        optional: said("optional"),
        computed: said("computed"),
        ..Attribute::default()
    }
}

fn nested_block((name, told): (&String, &Value)) -> NestedBlock {
    let bound = |key: &str| told[key].as_i64().unwrap_or_default();
    let nesting = match told["nesting_mode"].as_str() {
        Some("single") => NestingMode::Single,
        Some("list") => NestingMode::List,
        Some("set") => NestingMode::Set,
        other => panic!("{name} nests as {other:?}"),
    };
    NestedBlock {
        type_name: name.clone(),
        block: Some(block(&told["block"])),
        nesting: nesting.into(),
        min_items: bound("min_items"),
        max_items: bound("max_items"),
    }
}

fn members(told: &Value) -> impl Iterator<Item = (&String, &Value)> {
    told.as_object().into_iter().flatten()
}

fn object(told: &Value) -> &Map<String, Value> {
    told.as_object().expect("an object")
}

/// A provider of which only the schemas are known. It finds nothing wrong beyond them.
struct Described(get_provider_schema::Response);

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Provider for Described {
    async fn get_provider_schema(
        &self, _: Request<get_provider_schema::Request>,
    ) -> Answer<get_provider_schema::Response> {
        Ok(Response::new(self.0.clone()))
    }

    async fn validate_provider_config(
        &self, _: Request<validate_provider_config::Request>,
    ) -> Answer<validate_provider_config::Response> {
        Ok(Response::new(validate_provider_config::Response::default()))
    }

    async fn validate_resource_config(
        &self, _: Request<validate_resource_config::Request>,
    ) -> Answer<validate_resource_config::Response> {
        Ok(Response::new(validate_resource_config::Response::default()))
    }

    async fn validate_data_resource_config(
        &self, _: Request<validate_data_resource_config::Request>,
    ) -> Answer<validate_data_resource_config::Response> {
        Ok(Response::new(validate_data_resource_config::Response::default()))
    }
}
