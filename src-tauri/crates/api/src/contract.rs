//! The one contract behind both doors: every call with its shapes and one line
//! of doc, then the macro that turns the table into the router, the JSON schema
//! listing and the TypeScript client. A call without a handler does not compile.
//!
//! Shapes live in `dto`, the work in `handlers`, the errors in `error`.

use crate::dto::*;
use crate::error::{ApiError, ErrorCode};
use crate::handlers;
use crate::host::Host;

/// Whether a call changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Reads only.
    Query,
    /// Changes something.
    Command,
}

/// Whether a call of that name changes anything.
#[must_use]
pub fn changes(name: &str) -> bool {
    let known = CALLS.iter().find(|call| call.name == name);
    known.is_some_and(|call| call.kind == CallKind::Command)
}

/// One row of the contract.
pub struct Call {
    /// `noun_verb`.
    pub name: &'static str,
    /// Whether it changes anything.
    pub kind: CallKind,
    /// One line of doc.
    pub doc: &'static str,
    /// JSON schema of the request.
    pub request: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// JSON schema of the response.
    pub response: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Adds the request's and the response's TypeScript; yields their names.
    pub types: fn(&mut crate::declarations::Declarations) -> (String, String),
}

macro_rules! contract {
    ($($(#[doc = $doc:literal])+ $kind:ident $name:ident($request:ty) -> $response:ty;)+) => {
        /// Every call, in the order of the table.
        pub const CALLS: &[Call] = &[$(Call {
            name: stringify!($name),
            kind: CallKind::$kind,
            doc: concat!($($doc),+),
            request: |schemas| schemas.subschema_for::<$request>(),
            response: |schemas| schemas.subschema_for::<$response>(),
            types: |types| (types.add::<$request>(), types.add::<$response>()),
        }),+];

        /// Finds the handler of `name`, gives it `body`, returns its answer.
        ///
        /// # Errors
        /// `not_found` for an unknown name, `invalid_request` for a body that does
        /// not fit, and whatever the handler says.
        pub async fn call(
            host: &Host,
            name: &str,
            body: serde_json::Value,
        ) -> Result<serde_json::Value, ApiError> {
            match name {
                $(stringify!($name) => {
                    let request: $request = read_body(name, body)?;
                    let response: $response = handlers::$name(host, request).await?;
                    write_body(&response)
                })+
                _ => Err(ApiError::new(
                    ErrorCode::NotFound,
                    format!("There is no call named \"{name}\". GET /rpc lists them all."),
                )),
            }
        }
    };
}

contract! {
    /// Every known device, page by page.
    Query device_list(DeviceListRequest) -> DeviceListResponse;
    /// One device.
    Query device_get(EndpointRequest) -> Device;
    /// Removes a device with its history.
    Command device_forget(EndpointRequest) -> Empty;
    /// Sets alias, note and tags of a device.
    Command device_note(DeviceNoteRequest) -> Device;
    /// The object tree of a device with the latest values.
    Query tree_get(EndpointRequest) -> TreeGetResponse;

    /// Reads an object, instance, resource or resource instance.
    Command resource_read(ResourceReadRequest) -> OperationStarted;
    /// Writes values, replacing or updating.
    Command resource_write(ResourceWriteRequest) -> OperationStarted;
    /// Executes a resource.
    Command resource_execute(ResourceExecuteRequest) -> OperationStarted;
    /// Lists what lies at a path, with its attributes.
    Command resource_discover(PathRequest) -> OperationStarted;
    /// Sets or unsets notification attributes.
    Command attributes_write(AttributesWriteRequest) -> AttributesWritten;
    /// Notification attributes at a path: attached where, what counts, in words.
    Query attributes_get(AttributesGetRequest) -> AttributesGetResponse;
    /// Who may do what: the Access Control object as a table.
    Query access_get(EndpointRequest) -> AccessGetResponse;
    /// Replaces the entries of one access control rule.
    Command access_put(AccessPutRequest) -> OperationStarted;
    /// Creates an object instance.
    Command instance_create(InstanceCreateRequest) -> OperationStarted;
    /// Deletes an object instance.
    Command instance_delete(PathRequest) -> OperationStarted;
    /// Starts observing a path.
    Command observation_start(PathRequest) -> OperationStarted;
    /// Ends an observation, by request or by reset.
    Command observation_cancel(ObservationCancelRequest) -> OperationStarted;
    /// Reads several paths with one request, as far as they are there.
    Command composite_read(CompositeReadRequest) -> OperationStarted;
    /// Writes values of any objects with one request: all of them or none.
    Command composite_write(CompositeWriteRequest) -> OperationStarted;
    /// Starts observing several paths as one.
    Command composite_observe(CompositeObserveRequest) -> OperationStarted;
    /// Ends an observation of several paths, by request or by reset.
    Command composite_cancel(CompositeCancelRequest) -> OperationStarted;
    /// Reads everything that a device has, with as few requests as it allows.
    Command device_read(DeviceReadRequest) -> OperationStarted;
    /// Named lists of paths that apply to a device.
    Query path_set_list(EndpointRequest) -> PathSetListResponse;
    /// Saves a list of paths under a name.
    Command path_set_save(PathSetSaveRequest) -> PathSetListResponse;
    /// Deletes a named list of paths.
    Command path_set_delete(PathSetDeleteRequest) -> PathSetListResponse;
    /// Observations in force.
    Query observation_list(ObservationListRequest) -> ObservationListResponse;

    /// Waits for the end of an operation; a timeout returns its present state.
    Query operation_wait(OperationWaitRequest) -> Operation;
    /// One operation as it is now.
    Query operation_get(OperationRequest) -> Operation;
    /// Operations, newest first.
    Query operation_list(OperationListRequest) -> OperationListResponse;
    /// Withdraws an operation that has not ended.
    Command operation_cancel(OperationRequest) -> Operation;
    /// Whether a device listens, and what waits for it.
    Query queue_get(EndpointRequest) -> QueueGetResponse;
    /// Gives an operation that waits another priority or another place in line.
    Command operation_move(OperationMoveRequest) -> Operation;
    /// How a device is treated where it differs from others.
    Query profile_get(EndpointRequest) -> ProfileResponse;
    /// Has a device treated in another way from now on.
    Command profile_put(ProfilePutRequest) -> ProfileResponse;
    /// How a device deviates from the standard, and how often.
    Query compatibility_get(EndpointRequest) -> CompatibilityGetResponse;

    /// Does what a line typed for a device says.
    Command console_run(ConsoleRunRequest) -> ConsoleRunResponse;
    /// What may stand at the cursor of a line.
    Query console_complete(ConsoleCompleteRequest) -> ConsoleCompleteResponse;
    /// Lines typed before.
    Query console_history(ConsoleHistoryRequest) -> ConsoleHistoryResponse;
    /// Devices, places, operations and commands that fit a few letters.
    Query palette_search(PaletteSearchRequest) -> PaletteSearchResponse;

    /// One stored value, however large.
    Query value_get(ValueGetRequest) -> Reading;
    /// Stored values at or below a path, ascending by time.
    Query reading_history(ReadingHistoryRequest) -> ReadingHistoryResponse;
    /// Curves reduced to what the pixels can show.
    Query reading_chart(ReadingChartRequest) -> ReadingChartResponse;
    /// Checks text against the model and turns it into a value; sends nothing.
    Query value_parse(ValueParseRequest) -> ValueParseResponse;
    /// The latest datagrams.
    Query traffic_list(TrafficListRequest) -> TrafficListResponse;

    /// Loads definitions from a DDF file or a zip of them.
    Command model_import(ModelImportRequest) -> ModelImportResponse;
    /// All definitions loaded.
    Query model_list(Empty) -> ModelListResponse;
    /// One definition.
    Query model_get(ModelGetRequest) -> Model;

    /// Starts simulated devices.
    Command simulator_start(SimulatorStartRequest) -> SimulatorStartResponse;
    /// Stops one simulated device, or all.
    Command simulator_stop(SimulatorStopRequest) -> Empty;
    /// Simulated devices that run.
    Query simulator_list(Empty) -> SimulatorListResponse;

    /// Gives an endpoint, or all that fit a pattern, a credential; a generated key is
    /// shown this once.
    Command credential_put(CredentialPutRequest) -> CredentialPutResponse;
    /// Gives a credential to another endpoint, or to that one too.
    Command credential_bind(CredentialBindRequest) -> CredentialPutResponse;
    /// Credentials without their secrets, by holder.
    Query credential_list(CredentialListRequest) -> CredentialListResponse;
    /// Deletes a credential; a device that uses it loses its session.
    Command credential_delete(CredentialDeleteRequest) -> Empty;
    /// Takes in a table of credentials, or says what would become of each line.
    Command credential_import(CredentialImportRequest) -> CredentialImportResponse;
    /// All credentials as a file: sealed under a passphrase, or without keys.
    Command credential_export(CredentialExportRequest) -> FileContent;
    /// Devices that did not get in, and those that nobody named, of the last day.
    Query pending_list(Empty) -> PendingListResponse;
    /// Does what lets one of them in; a generated key is shown this once.
    Command pending_accept(PendingRequest) -> CredentialPutResponse;
    /// Takes one off the list until it happens again.
    Command pending_dismiss(PendingRequest) -> Empty;
    /// Keeps whoever it is out from now on, without a further word.
    Command pending_block(PendingRequest) -> Block;
    /// Who is kept out.
    Query block_list(Empty) -> BlockListResponse;
    /// Lets somebody in again.
    Command block_delete(BlockRequest) -> BlockListResponse;
    /// The secure session of a device.
    Query session_get(EndpointRequest) -> SessionGetResponse;
    /// The certificate and public key that the server shows to devices.
    Query server_identity_get(ServerIdentityRequest) -> ServerIdentity;
    /// Replaces them from the next handshake on, or adds those for a server name.
    Command server_identity_put(ServerIdentityPutRequest) -> ServerIdentity;
    /// What is shown to devices that ask for a server name.
    Query server_identity_list(Empty) -> ServerIdentityListResponse;
    /// Shows the usual identity to devices that ask for a server name.
    Command server_identity_delete(ServerIdentityDeleteRequest) -> ServerIdentityListResponse;
    /// The certificate authority of the bench, and what it issued.
    Query authority_get(Empty) -> AuthorityGetResponse;
    /// Issues a certificate for a device; a key that is made here is shown this once.
    Command authority_issue(AuthorityIssueRequest) -> AuthorityIssueResponse;
    /// Trusts an authority for the certificates of devices.
    Command trust_anchor_put(TrustAnchorPutRequest) -> TrustAnchorListResponse;
    /// Authorities that are trusted.
    Query trust_anchor_list(Empty) -> TrustAnchorListResponse;
    /// Trusts an authority no more.
    Command trust_anchor_delete(TrustAnchorDeleteRequest) -> TrustAnchorListResponse;
    /// Where the key is that opens the stored secrets.
    Query sealing_get(Empty) -> Sealing;
    /// Puts it elsewhere; the secrets stay as they are.
    Command sealing_put(SealingPutRequest) -> Sealing;

    /// The figures of the status bar.
    Query status_get(Empty) -> Status;
    /// Malformed input, refused registrations, occupied ports.
    Query problem_list(ProblemListRequest) -> ProblemListResponse;
    /// Addresses of this machine that a listener can be opened on.
    Query interface_list(Empty) -> InterfaceListResponse;
    /// Opens a listener.
    Command listener_open(ListenerOpenRequest) -> ListenerListResponse;
    /// Closes a listener.
    Command listener_close(ListenerCloseRequest) -> ListenerListResponse;
    /// What is set.
    Query settings_get(Empty) -> Settings;
    /// Changes settings.
    Command settings_put(SettingsPutRequest) -> Settings;
    /// What the page had kept under a key.
    Query view_get(ViewGetRequest) -> ViewGetResponse;
    /// Keeps something for the page.
    Command view_put(ViewPutRequest) -> Empty;
    /// A table as CSV or JSON.
    Query table_export(TableExportRequest) -> FileContent;
    /// Version, settings, counts, problems and log in one archive, without secrets and
    /// without values.
    Query support_bundle(Empty) -> SupportBundle;
    /// A ticket for the event stream, which cannot carry headers.
    Command events_ticket(Empty) -> EventsTicketResponse;
}

fn read_body<T: serde::de::DeserializeOwned>(
    name: &str,
    body: serde_json::Value,
) -> Result<T, ApiError> {
    let body = if body.is_null() {
        serde_json::json!({})
    } else {
        body
    };
    serde_json::from_value(body).map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!("The request of {name} does not fit: {error}."),
        )
    })
}

pub(crate) fn write_body<T: serde::Serialize>(response: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(response).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("The answer could not be written: {error}."),
        )
    })
}

/// The whole contract: calls with the JSON schemas of their shapes, and the events.
#[must_use]
pub fn listing() -> serde_json::Value {
    let mut schemas = schemars::SchemaGenerator::default();
    let calls: Vec<serde_json::Value> = CALLS
        .iter()
        .map(|call| {
            serde_json::json!({
                "name": call.name,
                "kind": call.kind,
                "doc": call.doc.trim(),
                "request": (call.request)(&mut schemas),
                "response": (call.response)(&mut schemas),
            })
        })
        .collect();
    let events = schemas.subschema_for::<EventShapes>();
    let errors = schemas.subschema_for::<ApiError>();
    serde_json::json!({ "calls": calls, "events": events, "error": errors, "$defs": schemas.take_definitions(true) })
}
