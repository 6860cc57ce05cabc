//! The OpenAPI 3.1 document, made of the handlers' own descriptions.
//!
//! What holds for every operation is written here once: how callers prove who they are, the header that chooses the workspace, the
//! shape of problems. A field of a type that is only ever answered is always there, so it is listed as required.

use crate::types::{ConditionGroup, Filter, Problem, RuleTest};
use std::collections::BTreeSet;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, ContentBuilder, Ref, RefOr, ResponseBuilder, Schema, SecurityRequirement,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{ArrayItems, ComponentsBuilder},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "signalbox_session";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Signalbox API",
        description = "Everything the admin does, a program can do.\n\nIdentifiers and amounts are text; times are RFC 3339. \
            Lists are paged: pass `next_cursor` on as `cursor`. A replacement carries the `version` that was read and is refused \
            with 409 `stale` when somebody else was faster. Errors are problems (RFC 9457) with a stable `code` and `errors` \
            by field.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    components(schemas(Problem, RuleTest, Filter, ConditionGroup)),
    tags(
        (name = "session", description = "First-run set-up, login, who the caller is"),
        (name = "campaigns", description = "Public links with their streams"),
        (name = "streams", description = "The streams of a campaign one by one"),
        (name = "simulator", description = "Made-up clicks"),
        (name = "destinations", description = "Where visitors can be sent"),
        (name = "sources", description = "Where traffic is bought"),
        (name = "networks", description = "Who reports conversions"),
        (name = "outputs", description = "Outgoing postbacks"),
        (name = "domains", description = "Tracking domains"),
        (name = "reports", description = "Figures"),
        (name = "costs", description = "Corrections of what clicks cost"),
        (name = "views", description = "Saved reports and links to share them"),
        (name = "alerts", description = "Figures that are watched, and who is told"),
        (name = "logs", description = "Single clicks, conversions, postbacks and deliveries, and records that could not be written"),
        (name = "users", description = "Members of the workspace"),
        (name = "api-keys", description = "Credentials of programs"),
        (name = "workspaces", description = "Tenants"),
        (name = "instance", description = "The instance itself"),
    ),
    servers((url = "/", description = "This instance")),
    modifiers(&Credentials)
)]
struct Document;

/// The document without any operation.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "Set by `POST /session`. Every request but GET and HEAD also needs `X-CSRF-Token` with the session's `csrf_token`.",
        );
        let header = ApiKeyValue::with_description("Api-Key", "An API key, bound to one workspace.");
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("sbx_…")
            .description(Some("An API key, bound to one workspace."))
            .build();
        let components = document.components.take().unwrap_or_default();
        document.components = Some(
            ComponentsBuilder::from(components)
                .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
                .security_scheme("api_key", SecurityScheme::Http(bearer))
                .security_scheme("api_key_header", SecurityScheme::ApiKey(ApiKey::Header(header)))
                .build(),
        );
        let schemes = ["session", "api_key", "api_key_header"];
        document.security =
            Some(schemes.map(|name| SecurityRequirement::new(name, Vec::<String>::new())).into());
    }
}

/// Adds what holds for every operation.
pub fn finish(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let problem = problem_response();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            operation
                .responses
                .responses
                .iter_mut()
                .for_each(|(status, response)| describe(status, response));
            operation.responses.responses.insert("default".to_owned(), problem.clone().into());
            let public =
                operation.security.as_ref().is_some_and(|list| list == &[SecurityRequirement::default()]);
            if !public {
                operation.parameters.get_or_insert_default().push(workspace_header());
            }
        }
    }
    if let Some(components) = document.components.as_mut() {
        components.schemas.iter_mut().for_each(|(name, schema)| name_items(name, schema));
    }
    require_answered_fields(&mut document);
    document
}

fn describe(status: &str, response: &mut RefOr<utoipa::openapi::Response>) {
    let RefOr::T(response) = response else { return };
    if response.description.is_empty() {
        response.description = match status {
            "201" => "Created",
            "204" => "Done",
            _ => "OK",
        }
        .to_owned();
    }
}

/// A page repeats the whole schema of its items; their name says it as well.
fn name_items(name: &str, schema: &mut RefOr<Schema>) {
    let Some(item) = name.strip_prefix("Page_").or_else(|| name.strip_prefix("LogPage_")) else { return };
    let RefOr::T(Schema::Object(page)) = schema else { return };
    if let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items") {
        items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
    }
}

fn problem_response() -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description("What went wrong").content("application/problem+json", content).build()
}

fn workspace_header() -> Parameter {
    ParameterBuilder::new()
        .name("X-Workspace")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Workspace to act in; the caller's first when absent. An API key acts only in its own.",
        ))
        .schema(Some(Ref::from_schema_name("Id")))
        .build()
}

/// Marks every property as required in the schemas that no request can reach: answers are always whole.
fn require_answered_fields(document: &mut utoipa::openapi::OpenApi) {
    let Some(components) = document.components.as_mut() else { return };
    let mut asked = BTreeSet::new();
    let mut pending: Vec<String> = Vec::new();
    for item in document.paths.paths.values() {
        for operation in [&item.get, &item.put, &item.post, &item.delete, &item.patch].into_iter().flatten() {
            pending.extend(request_schemas(operation));
        }
    }
    while let Some(name) = pending.pop() {
        if let Some(schema) = components.schemas.get(&name)
            && asked.insert(name)
        {
            collect(schema, &mut pending);
        }
    }
    for (name, schema) in &mut components.schemas {
        if !asked.contains(name) && name != Problem::name().as_ref() && name != "ProblemField" {
            require_all(schema);
        }
    }
}

fn request_schemas(operation: &Operation) -> Vec<String> {
    let mut names = Vec::new();
    let body = operation.request_body.iter().flat_map(|body| body.content.values());
    for schema in body.filter_map(|content: &Content| content.schema.as_ref()) {
        collect(schema, &mut names);
    }
    for schema in operation.parameters.iter().flatten().filter_map(|parameter| parameter.schema.as_ref()) {
        collect(schema, &mut names);
    }
    names
}

/// Appends the names of the schemas that `schema` refers to directly.
fn collect(schema: &RefOr<Schema>, names: &mut Vec<String>) {
    let schema = match schema {
        RefOr::Ref(reference) => {
            names.extend(reference.ref_location.rsplit('/').next().map(str::to_owned));
            return;
        }
        RefOr::T(schema) => schema,
    };
    match schema {
        Schema::Object(object) => {
            object.properties.values().for_each(|property| collect(property, names));
            if let Some(utoipa::openapi::schema::AdditionalProperties::RefOr(inner)) =
                object.additional_properties.as_deref()
            {
                collect(inner, names);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &array.items {
                collect(items, names);
            }
        }
        Schema::OneOf(one) => one.items.iter().for_each(|item| collect(item, names)),
        Schema::AllOf(all) => all.items.iter().for_each(|item| collect(item, names)),
        Schema::AnyOf(any) => any.items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

fn require_all(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            object.required = object.properties.keys().cloned().collect();
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(require_all),
        _ => {}
    }
}
