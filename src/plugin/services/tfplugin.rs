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
use crate::shutdown::Count;
use crate::wire::diagnostic::Reports;
use crate::wire::function::function;
use crate::wire::list::Events;
use crate::wire::schema::{identity, schema};

/// Answers each call on a task of its own.
pub(crate) struct Provider {
    pub(crate) server: Server,
    pub(crate) calls: Count,
}

type Answer<T> = Result<Response<T>, Status>;

/// What the host may rely on.
fn capabilities(of: &Server) -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: of.move_from(),
        generate_resource_config: false,
    }
}

impl Provider {
    /// Does `work` to its end, even when the host loses interest and drops the call: what was begun
    /// in Azure must be brought to a state that somebody can find again.
    async fn answer<Wire, Own, Done, Back, Work>(
        &self, rpc: &'static str, request: Request<Wire>, work: impl FnOnce(Server, Own) -> Work,
    ) -> Answer<Back>
    where
        Own: From<Wire>,
        Back: From<Done> + Send + 'static,
        Work: Future<Output = Done> + Send + 'static,
    {
        let counted = self.calls.enter();
        let work = work(self.server.clone(), request.into_inner().into());
        let task = async move {
            let began = Instant::now();
            let answer = Back::from(work.await);
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::trace!(tf_req_duration_ms = took, "the call is answered");
            drop(counted);
            answer
        };
        let span = tracing::error_span!("call", tf_rpc = rpc);
        let answer = tokio::spawn(task.instrument(span)).await;
        answer
            .map(Response::new)
            .map_err(|_| Status::internal("a bug in the provider's protocol layer"))
    }
}

#[tonic::async_trait]
impl Service for Provider {
    async fn get_metadata(
        &self, _: Request<get_metadata::Request>,
    ) -> Answer<get_metadata::Response> {
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
    ) -> Answer<get_provider_schema::Response> {
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
    ) -> Answer<get_resource_identity_schemas::Response> {
        let resources = self.server.schemas().resources.iter();
        let identities = resources.filter_map(|(name, each)| Some((name.clone(), identity(each)?)));
        Ok(Response::new(get_resource_identity_schemas::Response {
            identity_schemas: identities.collect(),
            diagnostics: Vec::new(),
        }))
    }

    async fn validate_list_resource_config(
        &self, request: Request<validate_list_resource_config::Request>,
    ) -> Answer<validate_list_resource_config::Response> {
        self.answer(
            "ValidateListResourceConfig",
            request,
            |server, request: calls::validate_list_resource_config::Request| async move {
                let schema = server.schemas().lists.get(&request.type_name).cloned();
                pointing(schema, server.validate_list_resource_config(request).await)
            },
        )
        .await
    }

    async fn list_resource(
        &self, request: Request<list_resource::Request>,
    ) -> Answer<BoxStream<list_resource::Event>> {
        let found = self.answer(
            "ListResource",
            request,
            |server, request: calls::list_resource::Request| async move {
                let schema = server.schemas().lists.get(&request.type_name).cloned();
                pointing(schema, server.list_resource(request).await)
            },
        );
        Ok(found.await?.map(Events::stream))
    }

    async fn get_functions(
        &self, _: Request<get_functions::Request>,
    ) -> Answer<get_functions::Response> {
        let functions = by_name(&self.server.schemas().functions, function);
        Ok(Response::new(get_functions::Response { functions, diagnostics: Vec::new() }))
    }

    async fn call_function(
        &self, request: Request<call_function::Request>,
    ) -> Answer<call_function::Response> {
        self.answer("CallFunction", request, |server, request| async move {
            server.call_function(request).await
        })
        .await
    }

    async fn stop_provider(
        &self, _: Request<stop_provider::Request>,
    ) -> Answer<stop_provider::Response> {
        self.server.stop();
        Ok(Response::new(stop_provider::Response::default()))
    }

    async fn validate_provider_config(
        &self, request: Request<validate_provider_config::Request>,
    ) -> Answer<validate_provider_config::Response> {
        self.answer("ValidateProviderConfig", request, |server, request| async move {
            let schema = Some(Arc::clone(&server.schemas().provider));
            pointing(schema, server.validate_provider_config(request).await)
        })
        .await
    }

    async fn configure_provider(
        &self, request: Request<configure_provider::Request>,
    ) -> Answer<configure_provider::Response> {
        self.answer("ConfigureProvider", request, |server, request| async move {
            let schema = Some(Arc::clone(&server.schemas().provider));
            pointing(schema, server.configure_provider(request).await)
        })
        .await
    }

    async fn validate_resource_config(
        &self, request: Request<validate_resource_config::Request>,
    ) -> Answer<validate_resource_config::Response> {
        self.answer(
            "ValidateResourceConfig",
            request,
            |server, request: calls::validate_resource_config::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                pointing(schema, server.validate_resource_config(request).await)
            },
        )
        .await
    }

    async fn upgrade_resource_state(
        &self, request: Request<upgrade_resource_state::Request>,
    ) -> Answer<upgrade_resource_state::Response> {
        self.answer("UpgradeResourceState", request, |server, request| async move {
            server.upgrade_resource_state(request).await
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self, request: Request<upgrade_resource_identity::Request>,
    ) -> Answer<upgrade_resource_identity::Response> {
        self.answer("UpgradeResourceIdentity", request, |server, request| async move {
            server.upgrade_resource_identity(request).await
        })
        .await
    }

    async fn read_resource(
        &self, request: Request<read_resource::Request>,
    ) -> Answer<read_resource::Response> {
        self.answer(
            "ReadResource",
            request,
            |server, request: calls::read_resource::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                pointing(schema, server.read_resource(request).await)
            },
        )
        .await
    }

    async fn plan_resource_change(
        &self, request: Request<plan_resource_change::Request>,
    ) -> Answer<plan_resource_change::Response> {
        self.answer(
            "PlanResourceChange",
            request,
            |server, request: calls::plan_resource_change::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                pointing(schema, server.plan_resource_change(request).await)
            },
        )
        .await
    }

    async fn apply_resource_change(
        &self, request: Request<apply_resource_change::Request>,
    ) -> Answer<apply_resource_change::Response> {
        self.answer(
            "ApplyResourceChange",
            request,
            |server, request: calls::apply_resource_change::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                pointing(schema, server.apply_resource_change(request).await)
            },
        )
        .await
    }

    async fn import_resource_state(
        &self, request: Request<import_resource_state::Request>,
    ) -> Answer<import_resource_state::Response> {
        self.answer(
            "ImportResourceState",
            request,
            |server, request: calls::import_resource_state::Request| async move {
                let schema = server.schemas().resources.get(&request.type_name).cloned();
                pointing(schema, server.import_resource_state(request).await)
            },
        )
        .await
    }

    async fn move_resource_state(
        &self, request: Request<move_resource_state::Request>,
    ) -> Answer<move_resource_state::Response> {
        self.answer(
            "MoveResourceState",
            request,
            |server, request: calls::move_resource_state::Request| async move {
                let schema = server.schemas().resources.get(&request.target_type_name).cloned();
                pointing(schema, server.move_resource_state(request).await)
            },
        )
        .await
    }

    async fn validate_data_resource_config(
        &self, request: Request<validate_data_resource_config::Request>,
    ) -> Answer<validate_data_resource_config::Response> {
        self.answer(
            "ValidateDataResourceConfig",
            request,
            |server, request: calls::validate_data_resource_config::Request| async move {
                let schema = server.schemas().data_sources.get(&request.type_name).cloned();
                pointing(schema, server.validate_data_resource_config(request).await)
            },
        )
        .await
    }

    async fn read_data_source(
        &self, request: Request<read_data_source::Request>,
    ) -> Answer<read_data_source::Response> {
        self.answer(
            "ReadDataSource",
            request,
            |server, request: calls::read_data_source::Request| async move {
                let schema = server.schemas().data_sources.get(&request.type_name).cloned();
                pointing(schema, server.read_data_source(request).await)
            },
        )
        .await
    }
}

/// The same answer with its messages where hosts find them in a configuration of this schema.
fn pointing<A: Reports>(schema: Option<Arc<Schema>>, mut answer: A) -> A {
    if let Some(schema) = schema {
        answer.point_into(&schema);
    }
    answer
}

fn by_name<Own, Wire>(
    all: &BTreeMap<String, Arc<Own>>, wire: impl Fn(&Own) -> Wire,
) -> HashMap<String, Wire> {
    all.iter().map(|(name, each)| (name.clone(), wire(each))).collect()
}
