//! `tfplugin6.Provider`: the provider itself. What is not answered here is unimplemented, which
//! every host takes for absent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use framework::{Schema, Server, calls};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::proto::tfplugin6::get_metadata::{
    DataSourceMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
};
use crate::proto::tfplugin6::provider_server::Provider as Service;
use crate::proto::tfplugin6::{
    ServerCapabilities, apply_resource_change, call_function, configure_provider, get_functions,
    get_metadata, get_provider_schema, get_resource_identity_schemas, import_resource_state,
    list_resource, move_resource_state, plan_resource_change, read_data_source, read_resource,
    stop_provider, upgrade_resource_identity, upgrade_resource_state,
    validate_data_resource_config, validate_list_resource_config, validate_provider_config,
    validate_resource_config,
};
use crate::shutdown::InFlight;
use crate::wire::diagnostic::HasDiagnostics;
use crate::wire::function::function;
use crate::wire::list::Events;
use crate::wire::schema::{identity, schema};

/// Answers each call on a task of its own.
pub(crate) struct Provider {
    pub(crate) server: Server,
    pub(crate) calls: InFlight,
}

type GrpcResult<T> = Result<Response<T>, Status>;

/// What the host may rely on.
fn capabilities(server: &Server) -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: server.move_from(),
        generate_resource_config: false,
    }
}

impl Provider {
    /// Does `work` to its end, even when the host loses interest and drops the call: what was begun
    /// in Azure must be brought to a state that somebody can find again.
    async fn run_call<WireRequest, OwnRequest, OwnResponse, WireResponse, Work>(
        &self, rpc: &'static str, request: Request<WireRequest>,
        work: impl FnOnce(Server, OwnRequest) -> Work,
    ) -> GrpcResult<WireResponse>
    where
        OwnRequest: From<WireRequest>,
        WireResponse: From<OwnResponse> + Send + 'static,
        Work: Future<Output = OwnResponse> + Send + 'static,
    {
        let in_flight = self.calls.begin();
        let work = work(self.server.clone(), request.into_inner().into());
        let task = async move {
            let began = Instant::now();
            let response = WireResponse::from(work.await);
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::trace!(tf_req_duration_ms = took, "the call is answered");
            drop(in_flight);
            response
        };
        let span = tracing::error_span!("call", tf_rpc = rpc);
        let response = tokio::spawn(task.instrument(span)).await;
        response
            .map(Response::new)
            .map_err(|_| Status::internal("a bug in the provider's protocol layer"))
    }
}

#[tonic::async_trait]
impl Service for Provider {
    async fn get_metadata(
        &self, _: Request<get_metadata::Request>,
    ) -> GrpcResult<get_metadata::Response> {
        let schemas = self.server.schemas();
        let resources = schemas.resources.keys().cloned();
        let data_sources = schemas.data_sources.keys().cloned();
        let functions = schemas.functions.keys().cloned();
        let lists = schemas.lists.keys().cloned();
        Ok(Response::new(get_metadata::Response {
            server_capabilities: Some(capabilities(&self.server)),
            resources: resources.map(|type_name| ResourceMetadata { type_name }).collect(),
            data_sources: data_sources.map(|type_name| DataSourceMetadata { type_name }).collect(),
            functions: functions.map(|name| FunctionMetadata { name }).collect(),
            list_resources: lists.map(|type_name| ListResourceMetadata { type_name }).collect(),
            ..get_metadata::Response::default()
        }))
    }

    async fn get_provider_schema(
        &self, _: Request<get_provider_schema::Request>,
    ) -> GrpcResult<get_provider_schema::Response> {
        let schemas = self.server.schemas();
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(schema(&schemas.provider)),
            resource_schemas: by_name(&schemas.resources, schema),
            data_source_schemas: by_name(&schemas.data_sources, schema),
            functions: by_name(&schemas.functions, function),
            list_resource_schemas: by_name(&schemas.lists, schema),
            server_capabilities: Some(capabilities(&self.server)),
            ..get_provider_schema::Response::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self, _: Request<get_resource_identity_schemas::Request>,
    ) -> GrpcResult<get_resource_identity_schemas::Response> {
        let resources = self.server.schemas().resources.iter();
        let identities = resources.filter_map(|(name, each)| Some((name.clone(), identity(each)?)));
        Ok(Response::new(get_resource_identity_schemas::Response {
            identity_schemas: identities.collect(),
            diagnostics: Vec::new(),
        }))
    }

    async fn validate_list_resource_config(
        &self, request: Request<validate_list_resource_config::Request>,
    ) -> GrpcResult<validate_list_resource_config::Response> {
        self.run_call(
            "ValidateListResourceConfig",
            request,
            |server, request: calls::validate_list_resource_config::Request| async move {
                let schema = server.schemas().lists.get(&request.type_name).cloned();
                with_shown_paths(schema, server.validate_list_resource_config(request).await)
            },
        )
        .await
    }

    async fn list_resource(
        &self, request: Request<list_resource::Request>,
    ) -> GrpcResult<BoxStream<list_resource::Event>> {
        let found = self.run_call(
            "ListResource",
            request,
            |server, request: calls::list_resource::Request| async move {
                let schema = server.schemas().lists.get(&request.type_name).cloned();
                with_shown_paths(schema, server.list_resource(request).await)
            },
        );
        Ok(found.await?.map(Events::stream))
    }

    async fn get_functions(
        &self, _: Request<get_functions::Request>,
    ) -> GrpcResult<get_functions::Response> {
        let functions = by_name(&self.server.schemas().functions, function);
        Ok(Response::new(get_functions::Response { functions, diagnostics: Vec::new() }))
    }

    async fn call_function(
        &self, request: Request<call_function::Request>,
    ) -> GrpcResult<call_function::Response> {
        self.run_call("CallFunction", request, |server, request| async move {
            server.call_function(request).await
        })
        .await
    }

    async fn stop_provider(
        &self, _: Request<stop_provider::Request>,
    ) -> GrpcResult<stop_provider::Response> {
        self.server.stop();
        Ok(Response::new(stop_provider::Response::default()))
    }

    async fn validate_provider_config(
        &self, request: Request<validate_provider_config::Request>,
    ) -> GrpcResult<validate_provider_config::Response> {
        self.run_call("ValidateProviderConfig", request, |server, request| async move {
            let schema = Some(Arc::clone(&server.schemas().provider));
            with_shown_paths(schema, server.validate_provider_config(request).await)
        })
        .await
    }

    async fn configure_provider(
        &self, request: Request<configure_provider::Request>,
    ) -> GrpcResult<configure_provider::Response> {
        self.run_call("ConfigureProvider", request, |server, request| async move {
            let schema = Some(Arc::clone(&server.schemas().provider));
            with_shown_paths(schema, server.configure_provider(request).await)
        })
        .await
    }

    async fn validate_resource_config(
        &self, request: Request<validate_resource_config::Request>,
    ) -> GrpcResult<validate_resource_config::Response> {
        self.run_call(
            "ValidateResourceConfig",
            request,
            |server, request: calls::validate_resource_config::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.validate_resource_config(request).await)
            },
        )
        .await
    }

    async fn upgrade_resource_state(
        &self, request: Request<upgrade_resource_state::Request>,
    ) -> GrpcResult<upgrade_resource_state::Response> {
        self.run_call("UpgradeResourceState", request, |server, request| async move {
            server.upgrade_resource_state(request).await
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self, request: Request<upgrade_resource_identity::Request>,
    ) -> GrpcResult<upgrade_resource_identity::Response> {
        self.run_call("UpgradeResourceIdentity", request, |server, request| async move {
            server.upgrade_resource_identity(request).await
        })
        .await
    }

    async fn read_resource(
        &self, request: Request<read_resource::Request>,
    ) -> GrpcResult<read_resource::Response> {
        self.run_call(
            "ReadResource",
            request,
            |server, request: calls::read_resource::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.read_resource(request).await)
            },
        )
        .await
    }

    async fn plan_resource_change(
        &self, request: Request<plan_resource_change::Request>,
    ) -> GrpcResult<plan_resource_change::Response> {
        self.run_call(
            "PlanResourceChange",
            request,
            |server, request: calls::plan_resource_change::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.plan_resource_change(request).await)
            },
        )
        .await
    }

    async fn apply_resource_change(
        &self, request: Request<apply_resource_change::Request>,
    ) -> GrpcResult<apply_resource_change::Response> {
        self.run_call(
            "ApplyResourceChange",
            request,
            |server, request: calls::apply_resource_change::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.apply_resource_change(request).await)
            },
        )
        .await
    }

    async fn import_resource_state(
        &self, request: Request<import_resource_state::Request>,
    ) -> GrpcResult<import_resource_state::Response> {
        self.run_call(
            "ImportResourceState",
            request,
            |server, request: calls::import_resource_state::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.import_resource_state(request).await)
            },
        )
        .await
    }

    async fn move_resource_state(
        &self, request: Request<move_resource_state::Request>,
    ) -> GrpcResult<move_resource_state::Response> {
        self.run_call(
            "MoveResourceState",
            request,
            |server, request: calls::move_resource_state::Request| async move {
                let schema = server.schemas().resources.get(&request.target_type_name).cloned();
                with_shown_paths(schema, server.move_resource_state(request).await)
            },
        )
        .await
    }

    async fn validate_data_resource_config(
        &self, request: Request<validate_data_resource_config::Request>,
    ) -> GrpcResult<validate_data_resource_config::Response> {
        self.run_call(
            "ValidateDataResourceConfig",
            request,
            |server, request: calls::validate_data_resource_config::Request| async move {
                let schema = server.schemas().data_sources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.validate_data_resource_config(request).await)
            },
        )
        .await
    }

    async fn read_data_source(
        &self, request: Request<read_data_source::Request>,
    ) -> GrpcResult<read_data_source::Response> {
        self.run_call(
            "ReadDataSource",
            request,
            |server, request: calls::read_data_source::Request| async move {
                let schema = server.schemas().data_sources.get(&request.type_name).cloned();
                with_shown_paths(schema, server.read_data_source(request).await)
            },
        )
        .await
    }
}

/// Points the diagnostics of a response at what hosts find in a configuration of this schema.
fn with_shown_paths<A: HasDiagnostics>(schema: Option<Arc<Schema>>, mut response: A) -> A {
    if let Some(schema) = schema {
        response.shorten_paths(&schema);
    }
    response
}

fn by_name<Own, Wire>(
    all: &BTreeMap<String, Arc<Own>>, to_wire: impl Fn(&Own) -> Wire,
) -> HashMap<String, Wire> {
    all.iter().map(|(name, each)| (name.clone(), to_wire(each))).collect()
}
