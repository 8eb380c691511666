// Generated from the contract in src-tauri/crates/api; do not edit.
// `cargo xtask contract` writes it anew, a test compares it.

/**
 * The rights of one server.
 */
export type AccessEntry = { 
/**
 * Short server id; 0 for every server without an entry.
 */
server: number, 
/**
 * What it may do; empty for nothing.
 */
rights: Array<AccessRight>, };

/**
 * The rules of a device, as it told them last.
 */
export type AccessGetResponse = { 
/**
 * One row for each instance of object 2.
 */
rows: Array<AccessRow>, 
/**
 * Servers that the device told of.
 */
servers: Array<AccessServer>, 
/**
 * When the oldest of the values was read, RFC 3339; absent if none was.
 */
as_of?: string, };

/**
 * Replaces the entries of one rule.
 */
export type AccessPutRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The instance of object 2.
 */
instance: number, 
/**
 * All entries; those that are not named are removed.
 */
entries: Array<AccessEntry>, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * What a server may do with an object instance.
 */
export type AccessRight = "read" | "write" | "execute" | "delete" | "create";

/**
 * One rule.
 */
export type AccessRow = { 
/**
 * The instance of object 2.
 */
instance: number, 
/**
 * The object that the rule is about; absent until it was read.
 */
object?: number, 
/**
 * Its name.
 */
object_name?: string, 
/**
 * The instance that the rule is about; 65535 for creating instances.
 */
object_instance?: number, 
/**
 * The short server id of who may change the rule; 65535 for nobody but a
 * bootstrap server.
 */
owner?: number, 
/**
 * The whole rule in words.
 */
summary: string, 
/**
 * Who may do what. Without entries the owner may do everything, and nobody
 * else anything.
 */
entries: Array<AccessEntry>, };

/**
 * A server that a device knows.
 */
export type AccessServer = { 
/**
 * Short server id.
 */
server: number, 
/**
 * Its instance of object 1, if it is known.
 */
instance?: number, };

/**
 * What a device can be told to do with one click.
 */
export type ActionName = "registration_update_trigger" | "disable" | "bootstrap_trigger";

/**
 * An object in a registration.
 */
export type AnnouncedObject = { 
/**
 * Object id.
 */
object: number, 
/**
 * The version in force, e.g. `1.1`.
 */
version: string, 
/**
 * Instance ids; empty if the object has none yet.
 */
instances: Array<number>, };

/**
 * What a caller gets instead of an answer.
 */
export type ApiError = { 
/**
 * What to branch on.
 */
code: ErrorCode, 
/**
 * What was wrong, where, and what to do, for a person.
 */
message: string, 
/**
 * Data for the program; null when there is none.
 */
details: JsonValue, };

/**
 * An attribute that counts.
 */
export type AttributeInForce = { 
/**
 * Flags are 0 and 1.
 */
value: number, 
/**
 * Where it is attached.
 */
from: string, };

/**
 * What is attached at one place, and only there.
 */
export type AttributeLevel = { 
/**
 * The place; an instance of object 1 for the defaults of the Server object.
 */
path: string, 
/**
 * Numbers by name; flags are 0 and 1.
 */
attributes: { [key in string]: number }, };

/**
 * What an attribute takes.
 */
export type AttributeType = "seconds" | "number" | "flag" | "count";

/**
 * Which attributes to show.
 */
export type AttributesGetRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Object, instance, resource or resource instance.
 */
path: string, };

/**
 * Attributes as the last Discover and acknowledged writes tell them.
 */
export type AttributesGetResponse = { 
/**
 * The path without a version.
 */
path: string, 
/**
 * Where something is attached, from the Server object's defaults down.
 */
levels: Array<AttributeLevel>, 
/**
 * What counts at the path, by name.
 */
in_force: { [key in string]: AttributeInForce }, 
/**
 * When the device reports the path, one phrase for each attribute.
 */
words: Array<string>, 
/**
 * What is odd about what is known, in sentences.
 */
warnings: Array<string>, 
/**
 * What can be attached at the path, in the order to show.
 */
editable: Array<EditableAttribute>, 
/**
 * When the device last told of this path or a write was acknowledged,
 * RFC 3339; absent if never.
 */
as_of?: string, };

/**
 * Sets or unsets notification attributes.
 */
export type AttributesWriteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Object, instance, resource or resource instance.
 */
path: string, 
/**
 * E.g. `{"pmin": 5, "gt": null}`; null unsets.
 */
attributes: { [key in string]: number | null }, 
/**
 * Sends even attributes that contradict each other or that the device's
 * version does not have.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * The operation that writes attributes.
 */
export type AttributesWritten = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * Rules that what will be in force breaks without being refused, in sentences.
 */
warnings?: Array<string>, };

/**
 * The certificate authority of the bench.
 */
export type AuthorityGetResponse = { 
/**
 * PEM, for servers and devices that are to trust it.
 */
certificate_pem: string, 
/**
 * What it says.
 */
certificate: CertificateInfo, 
/**
 * What it issued, newest first.
 */
issued: Array<IssuedCertificate>, };

/**
 * A certificate for a device.
 */
export type AuthorityIssueRequest = { 
/**
 * The endpoint client name, which becomes the common name.
 */
endpoint: string, 
/**
 * A request with the device's own key; without one a key pair is made.
 */
csr_pem?: string, 
/**
 * How long it holds; 3,650 unless told.
 */
days?: number, };

/**
 * What the device needs.
 */
export type AuthorityIssueResponse = { 
/**
 * Its certificate.
 */
certificate_pem: string, 
/**
 * The certificate of the authority.
 */
chain_pem: string, 
/**
 * Its private key, only where the pair was made here, and only this once.
 */
private_key_pem?: string, };

/**
 * Somebody who is kept out.
 */
export type Block = { 
/**
 * Its id.
 */
block: string, 
/**
 * By what.
 */
kind: BlockKind, 
/**
 * As people read it: a name, an identity as text or in hex, a key in base64, the
 * subject of a certificate, an address.
 */
subject: string, 
/**
 * Since when, RFC 3339; not known of endpoints, which the settings list too.
 */
since?: string, 
/**
 * Until when, RFC 3339; for good without it.
 */
until?: string, };

/**
 * By what somebody is kept out.
 */
export type BlockKind = "endpoint" | "identity" | "public_key" | "certificate" | "address";

/**
 * Who is kept out.
 */
export type BlockListResponse = { 
/**
 * Newest first, then endpoints by name.
 */
blocks: Array<Block>, };

/**
 * A block.
 */
export type BlockRequest = { 
/**
 * Its id.
 */
block: string, };

/**
 * Somebody who could be kept out.
 */
export type BlockTarget = { 
/**
 * By what.
 */
kind: BlockKind, 
/**
 * As people read it: a name, an identity as text or in hex, a key in base64, the
 * subject of a certificate, an address.
 */
subject: string, };

/**
 * The two ways to end an observation.
 */
export type CancelWay = "active" | "passive";

/**
 * What a candidate is.
 */
export type CandidateKind = "verb" | "path" | "value" | "attribute" | "format" | "option" | "operation" | "line";

/**
 * What a certificate says.
 */
export type CertificateInfo = { 
/**
 * E.g. `CN=urn:dev:1`.
 */
subject: string, 
/**
 * Who signed it.
 */
issuer: string, 
/**
 * RFC 3339.
 */
not_before: string, 
/**
 * RFC 3339.
 */
not_after: string, 
/**
 * In hex.
 */
serial: string, 
/**
 * SHA-256, in hex.
 */
fingerprint: string, 
/**
 * E.g. `on the curve P-256`.
 */
key: string, 
/**
 * Whether it vouches for itself.
 */
self_signed: boolean, 
/**
 * What to know of its time, from 30 days before its end on.
 */
warning?: string, };

/**
 * One curve.
 */
export type ChartSeries = { 
/**
 * The resource.
 */
path: string, 
/**
 * From the model.
 */
name: string, 
/**
 * From the model.
 */
unit?: string, 
/**
 * Milliseconds since 1970, ascending.
 */
t: Array<number>, 
/**
 * Values, one for each time.
 */
v: Array<number>, 
/**
 * How many readings lie in the span.
 */
readings: number, };

/**
 * A listener that could not be opened, with the way out.
 */
export type ClosedListener = { 
/**
 * What it would serve.
 */
role: Role, 
/**
 * The scheme.
 */
scheme: string, 
/**
 * Where it should have listened.
 */
address: string, 
/**
 * Why not, and which program to look for.
 */
reason: string, 
/**
 * An address that is free.
 */
suggestion?: string, };

/**
 * How a device deviates from the standard.
 */
export type CompatibilityGetResponse = { 
/**
 * One row for each quirk that is known, seen or not.
 */
rows: Array<CompatibilityRow>, 
/**
 * What is amiss with its registration, though it is in.
 */
findings: Array<Finding>, };

/**
 * One way to deviate.
 */
export type CompatibilityRow = { 
/**
 * The requirement or quirk, e.g. `QRK-05`.
 */
code: string, 
/**
 * What such a device does.
 */
title: string, 
/**
 * What is done about it.
 */
treatment: Treatment, 
/**
 * How often it was seen.
 */
count: number, 
/**
 * RFC 3339.
 */
first_at?: string, 
/**
 * RFC 3339.
 */
last_at?: string, 
/**
 * What it looked like the last time, in words.
 */
example?: string, };

/**
 * Ends an observation of several paths.
 */
export type CompositeCancelRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * All the paths observed as one, in any order.
 */
paths: Array<string>, 
/**
 * `active` unless told.
 */
way?: CancelWay, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Starts observing several paths as one.
 */
export type CompositeObserveRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * E.g. `/3/0/9`, `/3303`; they need not exist yet.
 */
paths: Array<string>, 
/**
 * The format of both bodies; the most compact one the device offers unless told.
 */
format?: Format, 
/**
 * Asks even a device that does not say that it can.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Reads several paths with one request, as far as they are there.
 */
export type CompositeReadRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * E.g. `/3/0/9`, `/3303`, or `/` for everything.
 */
paths: Array<string>, 
/**
 * The format of both bodies; the most compact one the device offers unless told.
 */
format?: Format, 
/**
 * Asks even a device that does not say that it can, and for objects that
 * only a bootstrap server may touch.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Writes values of any objects with one request: all of them or none.
 */
export type CompositeWriteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Absolute paths of resources and resource instances.
 */
values: Array<ValueAt>, 
/**
 * The format to send; the most compact one the device offers unless told.
 */
format?: Format, 
/**
 * Sends even what the model forbids, and to a device that does not say that
 * it can.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * A call of this contract, to be read, copied or made again.
 */
export type ConsoleCall = { 
/**
 * E.g. `resource_write`.
 */
name: string, 
/**
 * Its request.
 */
request: JsonValue, };

/**
 * One of the things that may stand at the cursor.
 */
export type ConsoleCandidate = { 
/**
 * What to put into the line.
 */
text: string, 
/**
 * What it is.
 */
kind: CandidateKind, 
/**
 * Its name, e.g. `Sensor Value`.
 */
label: string, 
/**
 * More of it, e.g. `Temperature, Cel`.
 */
detail?: string, };

/**
 * A line as far as it is typed.
 */
export type ConsoleCompleteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The whole line.
 */
line: string, 
/**
 * Where the cursor stands, in UTF-16 units as text fields count; the end
 * unless told.
 */
cursor?: number, };

/**
 * What may stand at the cursor.
 */
export type ConsoleCompleteResponse = { 
/**
 * Candidates replace the line from here to the cursor, in UTF-16 units.
 */
from: number, 
/**
 * The likeliest first.
 */
candidates: Array<ConsoleCandidate>, 
/**
 * What belongs at the cursor, e.g. `a value of Lifetime: a whole number`.
 */
expected?: string, };

/**
 * Whose lines to fetch.
 */
export type ConsoleHistoryRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The newest ones; 200 unless told.
 */
limit?: number, };

/**
 * Lines typed before.
 */
export type ConsoleHistoryResponse = { 
/**
 * Oldest first.
 */
lines: Array<ConsoleLine>, };

/**
 * A line typed before.
 */
export type ConsoleLine = { 
/**
 * As it was typed.
 */
line: string, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * The operation that it started, if it did.
 */
operation?: string, };

/**
 * A line typed for a device.
 */
export type ConsoleRunRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * E.g. `write /1/0/1 300`; `help` lists what there is.
 */
line: string, 
/**
 * Keeps the line for `console_history`; true unless told.
 */
remember?: boolean, 
/**
 * When to give up, unless the line says so.
 */
timeout_ms?: number, };

/**
 * What a line led to.
 */
export type ConsoleRunResponse = { 
/**
 * The operation that it started, or that it waits for.
 */
operation?: string, 
/**
 * What there is to read at once.
 */
output?: Array<string>, 
/**
 * The call that it stood for; nothing for `help`.
 */
call?: ConsoleCall, 
/**
 * What had to be asked before: attributes, before observing.
 */
preceded_by?: ConsoleStarted, };

/**
 * A call with the operation that it started.
 */
export type ConsoleStarted = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * The call.
 */
call: ConsoleCall, };

/**
 * A credential without its secret.
 */
export type Credential = { 
/**
 * Its id.
 */
credential: string, 
/**
 * The endpoint that it is for.
 */
endpoint?: string, 
/**
 * Or the endpoints.
 */
endpoint_pattern?: string, 
/**
 * The server that it opens.
 */
server: CredentialServer, 
/**
 * What it consists of.
 */
mode: CredentialMode, 
/**
 * The identity of a pre-shared key, if it is text.
 */
identity?: string, 
/**
 * The same in hex.
 */
identity_hex?: string, 
/**
 * Bytes of the pre-shared key.
 */
key_bytes?: number, 
/**
 * The raw public key: base64 of its SubjectPublicKeyInfo.
 */
public_key?: string, 
/**
 * The pinned certificate.
 */
certificate?: PinnedCertificate, 
/**
 * Whether several holders use the identity on purpose.
 */
shared: boolean, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * RFC 3339.
 */
last_used_at?: string, 
/**
 * How the last handshake with it ended.
 */
last_outcome?: CredentialOutcome, 
/**
 * Whether the endpoint is registered; absent for patterns and for endpoints
 * that never were.
 */
online?: boolean, };

/**
 * A credential for another endpoint; it keeps its identity and key.
 */
export type CredentialBindRequest = { 
/**
 * Its id.
 */
credential: string, 
/**
 * The endpoint client name that gets it, in place of what that had.
 */
endpoint: string, 
/**
 * Whether its present holder keeps it too: both are marked as shared then.
 */
also?: boolean, };

/**
 * A credential to delete, by its id or by its holder; a device that uses it loses its
 * session.
 */
export type CredentialDeleteRequest = { 
/**
 * Its id.
 */
credential?: string, 
/**
 * Instead of an id: the endpoint client name that has it.
 */
endpoint?: string, 
/**
 * Instead of an id: the pattern that has it.
 */
endpoint_pattern?: string, 
/**
 * With a holder: the server that it opens, `management` unless told.
 */
server?: CredentialServer, };

/**
 * How credentials are exported.
 */
export type CredentialExportFormat = "sealed" | "csv";

/**
 * All credentials as a file.
 */
export type CredentialExportRequest = { 
/**
 * Seals the keys; needed for `sealed`.
 */
passphrase?: string, 
/**
 * `sealed` unless told.
 */
format?: CredentialExportFormat, };

/**
 * Credentials to take in.
 */
export type CredentialImportRequest = { 
/**
 * A table whose first line names its columns, as in `credential_put`:
 * `endpoint`, `endpoint_pattern`, `server`, `mode`, `identity`, `identity_hex`,
 * `key_hex`, `public_key`, `certificate`, `shared`, `as_is`; commas, semicolons
 * or tabs between them. Or what `credential_export` sealed.
 */
csv: string, 
/**
 * Opens a sealed export.
 */
passphrase?: string, 
/**
 * Only says what would become of each line.
 */
dry_run?: boolean, };

/**
 * What became of an import.
 */
export type CredentialImportResponse = { 
/**
 * One for each line with a credential.
 */
rows: Array<ImportedRow>, 
/**
 * How many credentials were stored.
 */
written: number, };

/**
 * Which credentials to list.
 */
export type CredentialListRequest = { 
/**
 * A part of the endpoint, the pattern or the identity, case ignored.
 */
filter?: string, 
/**
 * Only those that this endpoint may use.
 */
endpoint?: string, 
/**
 * Only those that open this server.
 */
server?: CredentialServer, 
/**
 * Only those that consist of this.
 */
mode?: CredentialMode, 
/**
 * Only those that fare so.
 */
state?: CredentialState, 
/**
 * `holder` unless told.
 */
order?: CredentialOrder, 
/**
 * At most this many rows; all unless told.
 */
limit?: number, 
/**
 * Rows to skip.
 */
offset?: number, };

/**
 * One page of credentials.
 */
export type CredentialListResponse = { 
/**
 * The rows asked for.
 */
credentials: Array<Credential>, 
/**
 * How many match.
 */
total: number, };

/**
 * How a device proves itself.
 */
export type CredentialMode = "psk" | "rpk" | "x509" | "nosec";

/**
 * What a list of credentials is ordered by; equal ones by holder.
 */
export type CredentialOrder = "holder" | "used" | "created";

/**
 * How the last handshake with a credential ended.
 */
export type CredentialOutcome = "accepted" | "failed";

/**
 * A credential for one endpoint, or for all that fit a pattern. It takes the place
 * of the one that the same holder has on the same server.
 */
export type CredentialPutRequest = { 
/**
 * The endpoint client name.
 */
endpoint?: string, 
/**
 * Instead of an endpoint: a name in which `*` stands for any characters.
 */
endpoint_pattern?: string, 
/**
 * `management` unless told.
 */
server?: CredentialServer, 
/**
 * What it consists of.
 */
mode: CredentialMode, 
/**
 * The identity of a pre-shared key as text; the endpoint unless told.
 */
identity?: string, 
/**
 * The same in hex, for identities that are no text.
 */
identity_hex?: string, 
/**
 * The pre-shared key, 1 to 64 bytes in hex. Without one a key is generated, or that
 * of a shared identity taken which other holders have.
 */
key_hex?: string, 
/**
 * Keeps the pre-shared key that the holder has, e.g. under another identity.
 */
keep_key?: boolean, 
/**
 * A raw public key: base64 of its SubjectPublicKeyInfo; PEM and hex are read too.
 */
public_key?: string, 
/**
 * A certificate to pin, PEM; without one the trust anchors decide.
 */
certificate?: string, 
/**
 * Whether several holders use the identity on purpose.
 */
shared?: boolean, 
/**
 * Takes a key even if it looks as if it was written in hex twice.
 */
as_is?: boolean, };

/**
 * A credential that is in force.
 */
export type CredentialPutResponse = { 
/**
 * Its id.
 */
credential: string, 
/**
 * The identity of a pre-shared key, if it is text.
 */
identity?: string, 
/**
 * The same in hex.
 */
identity_hex?: string, 
/**
 * The key in hex, only where it was generated, and only this once.
 */
key_hex?: string, 
/**
 * The same in base64.
 */
key_base64?: string, 
/**
 * Whether it took the place of another.
 */
replaced: boolean, 
/**
 * What to know of the end of a pinned certificate, if that is near or past.
 */
warning?: string, };

/**
 * The server that a credential opens.
 */
export type CredentialServer = "management" | "bootstrap";

/**
 * How a credential fares.
 */
export type CredentialState = "never_used" | "accepted" | "failed";

/**
 * A device that has registered at least once.
 */
export type Device = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * A name given here.
 */
alias?: string, 
/**
 * A remark given here.
 */
note?: string, 
/**
 * Words given here to find devices by.
 */
tags: Array<string>, 
/**
 * Registered and not expired, asleep or not.
 */
online: boolean, 
/**
 * In queue mode and past its awake window.
 */
sleeping: boolean, 
/**
 * RFC 3339: until when it listens; while it is awake in queue mode.
 */
awake_until?: string, 
/**
 * RFC 3339: when it should wake; while it is asleep, if anything tells.
 */
expected_wake_at?: string, 
/**
 * How many operations wait for it.
 */
queued: number, 
/**
 * As announced, e.g. `1.1`.
 */
lwm2m_version: string, 
/**
 * Registration lifetime in seconds; 0 never expires.
 */
lifetime_s: number, 
/**
 * As announced, e.g. `U`.
 */
binding: string, 
/**
 * Whether queue mode was announced.
 */
queue_mode: boolean, 
/**
 * Where the device was heard last, e.g. `127.0.0.1:49152`.
 */
address: string, 
/**
 * How its identity was proven.
 */
security: Security, 
/**
 * Bytes of the Connection ID that we gave out; absent without a session or
 * where none is in use.
 */
cid_bytes?: number, 
/**
 * Whether it comes without security and was registered with security before.
 */
fell_back: boolean, 
/**
 * The last segment of the registration's location; absent when not registered.
 */
registration_id?: string, 
/**
 * RFC 3339.
 */
registered_at?: string, 
/**
 * RFC 3339.
 */
last_seen_at: string, 
/**
 * RFC 3339; absent when not registered or when the lifetime is 0.
 */
expires_at?: string, 
/**
 * What it announced.
 */
objects: Array<AnnouncedObject>, 
/**
 * Whether this is a device that this program simulates.
 */
simulated: boolean, 
/**
 * Last known 3/0/0 and 3/0/1, if they were ever read.
 */
model?: string, 
/**
 * Last known 3/0/3, if it was ever read.
 */
firmware?: string, 
/**
 * Ways in which its last registration deviates from the standard.
 */
deviations: Array<string>, };

/**
 * Something that a device can be told to do; call `resource_execute` with the
 * path and the arguments.
 */
export type DeviceAction = { 
/**
 * Which.
 */
name: ActionName, 
/**
 * In words, for a button.
 */
title: string, 
/**
 * The executable resource.
 */
path: string, 
/**
 * The text of the arguments, if the device's version takes any.
 */
arguments?: string, 
/**
 * What to say before it is done; absent where nothing can be lost.
 */
confirm?: string, };

/**
 * A device row changed.
 */
export type DeviceEvent = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The row as it is now; absent when the device was forgotten.
 */
device?: Device, };

/**
 * Which devices to list.
 */
export type DeviceListRequest = { 
/**
 * A part of the endpoint name or of the alias, case ignored.
 */
filter?: string, 
/**
 * At most this many rows; all unless told.
 */
limit?: number, 
/**
 * Rows to skip.
 */
offset?: number, 
/**
 * `endpoint` unless told.
 */
order?: DeviceOrder, 
/**
 * Only devices that are (or are not) online.
 */
online?: boolean, };

/**
 * One page of the device list.
 */
export type DeviceListResponse = { 
/**
 * The rows asked for.
 */
devices: Array<Device>, 
/**
 * How many devices match the filter.
 */
total: number, 
/**
 * How many of those are online.
 */
online: number, };

/**
 * Names and remarks for a device. An absent field stays as it is, an empty
 * one is removed.
 */
export type DeviceNoteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * A name to show beside the endpoint name.
 */
alias?: string, 
/**
 * A free remark.
 */
note?: string, 
/**
 * Words to find the device by.
 */
tags?: Array<string>, };

/**
 * What a device list is ordered by.
 */
export type DeviceOrder = "endpoint" | "last_seen" | "expires" | "registered";

/**
 * Reads everything that a device has.
 */
export type DeviceReadRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Whether a device listens.
 */
export type DeviceState = "awake" | "asleep" | "always_on" | "unregistered";

/**
 * A link found by Discover.
 */
export type DiscoveredLink = { 
/**
 * E.g. `/3/0/9`.
 */
path: string, 
/**
 * E.g. `{"pmin": "5"}`; an attribute without a value is an empty string.
 */
attributes: { [key in string]: string }, };

/**
 * An attribute that can be attached at a path.
 */
export type EditableAttribute = { 
/**
 * E.g. `pmin`.
 */
name: string, 
/**
 * What it takes.
 */
type: AttributeType, 
/**
 * The unit of the value, as people read it.
 */
unit?: string, 
/**
 * What it does, in one sentence.
 */
doc: string, };

/**
 * Nothing to say.
 */
export type Empty = Record<symbol, never>;

/**
 * A call about one device.
 */
export type EndpointRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, };

/**
 * Why a call was not answered. A new code only when a caller branches on it.
 */
export type ErrorCode = "invalid_request" | "invalid_path" | "invalid_value" | "invalid_version" | "unauthorized" | "unknown_device" | "unknown_operation" | "not_found" | "conflict" | "busy" | "storage_unavailable" | "internal";

/**
 * Everything that an event stream may carry, for the page's types.
 */
export type EventShapes = { 
/**
 * `device`
 */
device: DeviceEvent, 
/**
 * `operation`
 */
operation: Operation, 
/**
 * `readings`
 */
readings: ReadingsEvent, 
/**
 * `traffic`
 */
traffic: TrafficMessage, 
/**
 * `problem`
 */
problem: Problem, 
/**
 * `security`
 */
security: SecurityEvent, 
/**
 * `status`
 */
status: Status, 
/**
 * `resync`
 */
resync: ResyncEvent, };

/**
 * A ticket for the event stream.
 */
export type EventsTicketResponse = { 
/**
 * One use, 30 s.
 */
ticket: string, };

/**
 * A file to save.
 */
export type FileContent = { 
/**
 * A name to propose.
 */
name: string, 
/**
 * UTF-8 text.
 */
content: string, };

/**
 * Something that works less well than it could.
 */
export type Finding = { 
/**
 * What, for scripts.
 */
code: FindingCode, 
/**
 * A few words.
 */
title: string, 
/**
 * What was seen.
 */
seen: string, 
/**
 * What that means.
 */
why: string, 
/**
 * What to do.
 */
fix: string, 
/**
 * The call that does it, where one does; what a person has to add is missing.
 */
action?: PendingAction, };

/**
 * What may be amiss with a device that is in: the closed list of codes.
 */
export type FindingCode = "lifetime_too_short" | "no_model";

/**
 * A data format, as in the Content-Format and Accept options.
 */
export type Format = "text" | "opaque" | "cbor" | "tlv" | "json" | "senml_json" | "senml_cbor" | "link";

/**
 * A further instance to be created by the same request.
 */
export type FurtherInstance = { 
/**
 * Instance id.
 */
instance: number, 
/**
 * Paths relative to the instance: `5700`, `5700/0`.
 */
values: Array<ValueAt>, };

/**
 * The steps of a handshake.
 */
export type HandshakeStep = "hello" | "verified" | "key_exchange" | "finished";

/**
 * What becomes of a line of an import.
 */
export type ImportOutcome = "new" | "changed" | "unchanged" | "conflict" | "invalid";

/**
 * What becomes of one line.
 */
export type ImportedRow = { 
/**
 * Counted from 1, the line of names included.
 */
line: number, 
/**
 * The endpoint, or the pattern.
 */
endpoint: string, 
/**
 * What becomes of it.
 */
outcome: ImportOutcome, 
/**
 * Why it is left out.
 */
message?: string, };

/**
 * Creates an object instance, or several.
 */
export type InstanceCreateRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Object id.
 */
object: number, 
/**
 * The object version that is meant, e.g. `1.2`; where the device has
 * another one, nothing is sent.
 */
version?: string, 
/**
 * Instance id; the device chooses unless told.
 */
instance?: number, 
/**
 * Paths relative to the instance: `5700`, `5700/0`.
 */
values: Array<ValueAt>, 
/**
 * Further instances; only beside one whose `instance` is told.
 */
more?: Array<FurtherInstance>, 
/**
 * The format to send.
 */
format?: Format, 
/**
 * Sends even what the model forbids.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * One address of this machine.
 */
export type Interface = { 
/**
 * E.g. `eth0`.
 */
name: string, 
/**
 * E.g. `192.168.1.20`.
 */
address: string, 
/**
 * Whether only this machine can reach it.
 */
loopback: boolean, 
/**
 * What to give to a device: a URL for each listener that is open there.
 */
urls: Array<string>, };

/**
 * The network interfaces of this machine.
 */
export type InterfaceListResponse = { 
/**
 * Loopback first.
 */
interfaces: Array<Interface>, };

/**
 * A certificate that the authority issued.
 */
export type IssuedCertificate = { 
/**
 * For whom.
 */
endpoint: string, 
/**
 * RFC 3339.
 */
issued_at: string, 
/**
 * What it says.
 */
certificate: CertificateInfo, 
/**
 * PEM.
 */
certificate_pem: string, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * The same bytes in the forms that tools ask for.
 */
export type KeyForms = { 
/**
 * PEM.
 */
pem: string, 
/**
 * DER in base64, to save or to paste.
 */
base64: string, 
/**
 * DER in hex.
 */
hex: string, };

/**
 * The type of a value.
 */
export type Kind = "string" | "integer" | "unsigned" | "float" | "boolean" | "opaque" | "time" | "objlnk" | "corelnk";

/**
 * A socket that devices reach.
 */
export type Listener = { 
/**
 * What it serves.
 */
role: Role, 
/**
 * `coap` or `coaps`, later `coap+tcp`, `coaps+tcp`.
 */
scheme: string, 
/**
 * E.g. `127.0.0.1:5683`.
 */
address: string, 
/**
 * Whether others than this machine can reach it.
 */
exposed?: boolean, 
/**
 * Whether they reach it without any security, which somebody chose.
 */
unprotected?: boolean, };

/**
 * Closes a listener.
 */
export type ListenerCloseRequest = { 
/**
 * As listed.
 */
address: string, };

/**
 * The listeners in force.
 */
export type ListenerListResponse = { 
/**
 * In the order of opening.
 */
listeners: Array<Listener>, };

/**
 * Opens a listener, from now on at every start too.
 */
export type ListenerOpenRequest = { 
/**
 * What it serves; `server` unless told.
 */
role?: Role, 
/**
 * `coap` unless told.
 */
scheme?: string, 
/**
 * E.g. `192.168.1.20:5683`; port 0 means any.
 */
address: string, };

/**
 * One definition.
 */
export type Model = { 
/**
 * Object id.
 */
object: number, 
/**
 * E.g. `1.1`.
 */
version: string, 
/**
 * The object's name.
 */
name: string, 
/**
 * In prose.
 */
description: string, 
/**
 * Whether there may be several instances.
 */
multiple: boolean, 
/**
 * Whether every device has it.
 */
mandatory: boolean, 
/**
 * `bundled`, `catalogue` or `imported`.
 */
source: string, 
/**
 * In the file's order.
 */
resources: Array<ModelResource>, };

/**
 * How well the loaded definitions fit an object.
 */
export type ModelFit = "exact" | "nearest" | "missing";

/**
 * Which definition to show.
 */
export type ModelGetRequest = { 
/**
 * Object id.
 */
object: number, 
/**
 * The newest unless told.
 */
version?: string, };

/**
 * A DDF file or a zip of them.
 */
export type ModelImportRequest = { 
/**
 * The file's name, for messages.
 */
name: string, 
/**
 * XML text, or a zip in base64.
 */
content: string, };

/**
 * What an import brought.
 */
export type ModelImportResponse = { 
/**
 * The definitions that are now loaded.
 */
objects: Array<ModelSummary>, 
/**
 * What was wrong, file by file.
 */
problems: Array<ModelProblem>, };

/**
 * All definitions loaded.
 */
export type ModelListResponse = { 
/**
 * By object id, then version.
 */
objects: Array<ModelSummary>, };

/**
 * Something wrong in a definition.
 */
export type ModelProblem = { 
/**
 * The file, inside a zip its path there.
 */
file: string, 
/**
 * Counted from 1.
 */
line: number, 
/**
 * In words.
 */
message: string, };

/**
 * A resource of a definition.
 */
export type ModelResource = { 
/**
 * Resource id.
 */
resource: number, 
/**
 * Its name.
 */
name: string, 
/**
 * `R`, `W`, `RW`, `E` or empty.
 */
operations: string, 
/**
 * Whether there may be several instances.
 */
multiple: boolean, 
/**
 * Whether every instance has it.
 */
mandatory: boolean, 
/**
 * The type; absent for executables.
 */
kind?: Kind, 
/**
 * As stated.
 */
range: string, 
/**
 * As stated.
 */
unit: string, 
/**
 * In prose.
 */
description: string, };

/**
 * One definition in a list.
 */
export type ModelSummary = { 
/**
 * Object id.
 */
object: number, 
/**
 * E.g. `1.1`.
 */
version: string, 
/**
 * The object's name.
 */
name: string, 
/**
 * `bundled`, `catalogue` or `imported`.
 */
source?: string, 
/**
 * How many resources it defines.
 */
resources?: number, };

/**
 * A key pair and certificate for one server name.
 */
export type NamedServerIdentity = { 
/**
 * The name, in lower case, as devices find it in their /0/x/14.
 */
server_name: string, 
/**
 * What the certificate says.
 */
certificate: CertificateInfo, 
/**
 * What to know, e.g. that the certificate is in another name.
 */
warning?: string, 
/**
 * RFC 3339.
 */
added_at: string, };

/**
 * An observation in force.
 */
export type Observation = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * What is observed: one path, or several for a composite observation.
 */
paths: Array<string>, 
/**
 * Whether the paths are observed as one.
 */
composite: boolean, 
/**
 * RFC 3339.
 */
since: string, 
/**
 * How many notifications came.
 */
notifications: number, 
/**
 * RFC 3339: the last notification; before the first one, the answer that began it.
 */
last_at: string, };

/**
 * Ends an observation.
 */
export type ObservationCancelRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The path observed.
 */
path: string, 
/**
 * `active` unless told.
 */
way?: CancelWay, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Which observations to list.
 */
export type ObservationListRequest = { 
/**
 * Only those of this device.
 */
endpoint?: string, };

/**
 * Observations in force.
 */
export type ObservationListResponse = { 
/**
 * Oldest first.
 */
observations: Array<Observation>, };

/**
 * What closing the window does while devices are registered.
 */
export type OnClose = "ask" | "keep" | "quit";

/**
 * One operation from request to outcome.
 */
export type Operation = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The call that started it, e.g. `resource_read`.
 */
name: string, 
/**
 * The target.
 */
path: string, 
/**
 * How far it is.
 */
state: OperationState, 
/**
 * Who goes first of those that wait.
 */
priority: Priority, 
/**
 * What it waits for while it is queued.
 */
waits_for?: WaitsFor, 
/**
 * RFC 3339: when it is given up unless it is sent before; while it is queued.
 */
expires_at?: string, 
/**
 * How it ended.
 */
outcome?: Outcome, 
/**
 * The CoAP response code, e.g. `2.05`.
 */
code?: string, 
/**
 * All targets of a composite operation, in the order given.
 */
paths?: Array<string>, 
/**
 * Of several paths those for which nothing came: the rest is there.
 */
missing?: Array<string>, 
/**
 * What was read, or what a write carried.
 */
values?: Array<Value>, 
/**
 * What Discover found.
 */
links?: Array<DiscoveredLink>, 
/**
 * Where an instance was created, e.g. `/3303/2`.
 */
location?: string, 
/**
 * The reason, in words.
 */
detail?: string, 
/**
 * What is happening now, e.g. `retransmission 2 of 4`, `block 37 of 412`.
 */
progress?: string, 
/**
 * Deviations from the standard seen in the answer.
 */
deviations?: Array<string>, 
/**
 * The format of the answer, or of what was sent.
 */
format?: Format, 
/**
 * RFC 3339.
 */
started_at: string, 
/**
 * RFC 3339.
 */
ended_at?: string, };

/**
 * Which operations to list.
 */
export type OperationListRequest = { 
/**
 * Only those of this device.
 */
endpoint?: string, 
/**
 * The newest ones; 200 unless told.
 */
limit?: number, };

/**
 * Operations, newest first.
 */
export type OperationListResponse = { 
/**
 * The rows asked for.
 */
operations: Array<Operation>, };

/**
 * Gives an operation that waits another priority or another place in line.
 */
export type OperationMoveRequest = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * Stays as it is unless told.
 */
priority?: Priority, 
/**
 * The place among those of its priority; 0 is the next to go.
 */
position?: number, };

/**
 * A call about one operation.
 */
export type OperationRequest = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * Shows only the beginning of large values.
 */
preview?: boolean, };

/**
 * The operation that a call started.
 */
export type OperationStarted = { 
/**
 * An opaque id.
 */
operation: string, };

/**
 * How far an operation is.
 */
export type OperationState = "queued" | "sent" | "ended";

/**
 * Waits for the end of an operation.
 */
export type OperationWaitRequest = { 
/**
 * An opaque id.
 */
operation: string, 
/**
 * How long to wait; 30,000 unless told, 300,000 at most.
 */
timeout_ms?: number, 
/**
 * Shows only the beginning of large values.
 */
preview?: boolean, };

/**
 * How an operation ended.
 */
export type Outcome = "success" | "refused" | "timed_out" | "cancelled" | "lost";

/**
 * What choosing an item does.
 */
export type PaletteDeed = "open" | "call" | "fill";

/**
 * One thing that fits.
 */
export type PaletteItem = { 
/**
 * What it is.
 */
kind: PaletteKind, 
/**
 * E.g. `Sensor Value`, `meter-12`, `read /3303/0/5700`.
 */
title: string, 
/**
 * E.g. `/3303/0/5700, Temperature`.
 */
detail: string, 
/**
 * The device.
 */
endpoint?: string, 
/**
 * The place.
 */
path?: string, 
/**
 * The operation.
 */
operation?: string, 
/**
 * Of a definition: the object.
 */
object?: number, 
/**
 * What choosing it does.
 */
deed: PaletteDeed, 
/**
 * The call of the deed.
 */
call?: ConsoleCall, };

/**
 * What an item is.
 */
export type PaletteKind = "path" | "device" | "operation" | "command" | "model" | "help";

/**
 * What is typed into the palette. `3303/0/5700` is a place, `= 25` writes there,
 * `@meter` a device, `#batch` a tag, `op-7` an operation, `?write` help; all
 * else is a line of the console or part of a name.
 */
export type PaletteSearchRequest = { 
/**
 * The text.
 */
query: string, 
/**
 * The device that is open.
 */
endpoint?: string, 
/**
 * The place that is selected there.
 */
path?: string, 
/**
 * Items at most; 20 unless told, 100 at most.
 */
limit?: number, };

/**
 * What fits.
 */
export type PaletteSearchResponse = { 
/**
 * The likeliest first.
 */
items: Array<PaletteItem>, 
/**
 * Why nothing fits though something was meant, e.g. a value out of range.
 */
refusal?: string, };

/**
 * A call about a path of a device: discover, observe, delete.
 */
export type PathRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The target.
 */
path: string, 
/**
 * The Accept option where one applies.
 */
format?: Format, 
/**
 * Asks even for objects that only a bootstrap server may touch.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * A list of paths that has a name.
 */
export type PathSet = { 
/**
 * Given by the operator.
 */
name: string, 
/**
 * Whose it is.
 */
scope: PathSetScope, 
/**
 * The make, e.g. `ACME Meter-3`, for those of a model.
 */
model?: string, 
/**
 * In the order saved.
 */
paths: Array<string>, };

/**
 * Deletes a path set.
 */
export type PathSetDeleteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Whose it is.
 */
scope: PathSetScope, };

/**
 * The path sets that apply to a device, by name.
 */
export type PathSetListResponse = { 
/**
 * Those of the device first.
 */
sets: Array<PathSet>, };

/**
 * Saves a path set under its name; one of the same name and scope gives way.
 */
export type PathSetSaveRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * 1 to 60 characters.
 */
name: string, 
/**
 * A model is known once `/3/0/0` or `/3/0/1` were read.
 */
scope: PathSetScope, 
/**
 * 1 to 100 paths.
 */
paths: Array<string>, };

/**
 * Whose a path set is.
 */
export type PathSetScope = "device" | "model";

/**
 * Something that waits for a decision, counted while it repeats.
 */
export type Pending = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it is.
 */
kind: PendingKind, 
/**
 * Why it did not get in, for scripts.
 */
cause: PendingCause, 
/**
 * When it was seen last, RFC 3339.
 */
time: string, 
/**
 * When it was seen first, RFC 3339.
 */
first_at: string, 
/**
 * How often.
 */
count: number, 
/**
 * Where it came from last.
 */
address: string, 
/**
 * E.g. `coaps 127.0.0.1:5684`.
 */
listener: string, 
/**
 * The endpoint that it is about, where that can be told.
 */
endpoint?: string, 
/**
 * The identity that was named, if it is text.
 */
identity?: string, 
/**
 * The same in hex.
 */
identity_hex?: string, 
/**
 * How far the handshake got.
 */
step?: HandshakeStep, 
/**
 * A few words.
 */
title: string, 
/**
 * What was seen.
 */
seen: string, 
/**
 * What that means.
 */
why: string, 
/**
 * What to do.
 */
fix: string, 
/**
 * The call that does it, where one does.
 */
action?: PendingAction, 
/**
 * Whom `pending_block` keeps out.
 */
block?: BlockTarget, 
/**
 * Whether `pending_accept` does it without anything being added.
 */
acceptable: boolean, };

/**
 * A call of this contract.
 */
export type PendingAction = { 
/**
 * For the button.
 */
label: string, 
/**
 * The name of the call.
 */
call: string, 
/**
 * Its request; what a person has to add is missing.
 */
request: JsonValue, };

/**
 * Why a device did not get in, for scripts: the closed list of codes.
 */
export type PendingCause = "unknown_psk_identity" | "wrong_key" | "no_common_suite" | "no_encrypt_then_mac" | "old_version" | "no_common_group" | "certificate_type" | "certificate_expired" | "certificate_not_yet_valid" | "unknown_authority" | "bad_certificate" | "unknown_public_key" | "no_certificate" | "bad_signature" | "alert" | "timed_out" | "large_flight" | "malformed" | "too_many_handshakes" | "plain_coap" | "not_dtls" | "dtls_on_plain_port" | "unknown_session" | "address_changed" | "unnamed_endpoint" | "unprotected_endpoint" | "other_endpoint" | "credentials_required" | "missing_endpoint" | "unknown_version" | "unreadable_registration" | "not_standard" | "too_many_devices";

/**
 * What is pending.
 */
export type PendingKind = "handshake" | "endpoint" | "registration";

/**
 * What is pending, newest first.
 */
export type PendingListResponse = { 
/**
 * Of the last 24 hours, what was dismissed left out.
 */
pending: Array<Pending>, };

/**
 * Something pending.
 */
export type PendingRequest = { 
/**
 * Its id.
 */
id: string, };

/**
 * A certificate that is trusted by itself.
 */
export type PinnedCertificate = { 
/**
 * PEM.
 */
pem: string, 
/**
 * E.g. `CN=urn:dev:1`.
 */
subject: string, 
/**
 * RFC 3339.
 */
not_after: string, 
/**
 * What to know of its end, if that is near or past.
 */
warning?: string, };

/**
 * Who goes first of the operations that wait for one device.
 */
export type Priority = "high" | "normal" | "low";

/**
 * Something that went wrong, counted while it repeats.
 */
export type Problem = { 
/**
 * When it was seen last, RFC 3339.
 */
time: string, 
/**
 * E.g. `coap 127.0.0.1:5683`.
 */
listener: string, 
/**
 * The address or endpoint it came from; empty if from this program.
 */
peer: string, 
/**
 * E.g. `malformed_message`, `registration_refused`, `port_in_use`.
 */
kind: string, 
/**
 * What was wrong and what to do.
 */
message: string, 
/**
 * How often.
 */
count: number, };

/**
 * How many rows.
 */
export type ProblemListRequest = { 
/**
 * The newest ones; 200 unless told.
 */
limit?: number, };

/**
 * Problems, newest first.
 */
export type ProblemListResponse = { 
/**
 * The rows asked for.
 */
problems: Array<Problem>, };

/**
 * How a device is treated. What is absent is as for every device.
 */
export type Profile = { 
/**
 * Seconds that it listens after it was heard, in queue mode.
 */
awake_window_s?: number, 
/**
 * The format to ask for and to write in; the most compact that it offers unless
 * told.
 */
default_format?: Format, 
/**
 * Whether a request that it slept through waits for it to wake; one that must
 * not be repeated ends all the same.
 */
requeue_on_timeout?: boolean, 
/**
 * What shows that it is awake.
 */
wake_on?: WakeOn, 
/**
 * Whether a write takes the place of one that still waits for the same path.
 */
latest_wins?: boolean, 
/**
 * Whether formats are sent by the numbers that drafts of 1.0 used (1541 to
 * 1544), even if the device lists others or none.
 */
draft_numbers?: boolean, 
/**
 * What is done about its deviations, by code, e.g. `{"QRK-05": "off"}`.
 */
quirks?: { [key in string]: Treatment }, };

/**
 * Has a device treated so from now on.
 */
export type ProfilePutRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * All that is to differ; what is absent is as for every device.
 */
profile: Profile, };

/**
 * How a device is treated, and how every device is.
 */
export type ProfileResponse = { 
/**
 * Only what differs.
 */
profile: Profile, 
/**
 * Everything as it is without a profile.
 */
defaults: Profile, };

/**
 * What waits for a device.
 */
export type QueueGetResponse = { 
/**
 * Whether it listens.
 */
state: DeviceState, 
/**
 * RFC 3339: until when it listens; while it is awake in queue mode.
 */
awake_until?: string, 
/**
 * RFC 3339: when it should wake; while it is asleep, if anything tells.
 */
expected_wake_at?: string, 
/**
 * What that is based on, a sentence; while it is asleep.
 */
wake_basis?: string, 
/**
 * How long it listens after it was heard, in queue mode.
 */
awake_window_s: number, 
/**
 * Operations that have not ended: the one under way first, then in the order in
 * which they will go.
 */
operations: Array<Operation>, };

/**
 * A stored value.
 */
export type Reading = { 
/**
 * When it was taken (the device's word) or else when it arrived, RFC 3339.
 */
time: string, 
/**
 * Absolute.
 */
path: string, 
/**
 * The type.
 */
kind: Kind, 
/**
 * In the JSON form of its kind.
 */
value: JsonValue, 
/**
 * Its size in bytes, where `value` is only its beginning; `value_get` has all.
 */
size?: number, 
/**
 * How it came in.
 */
source: ReadingSource, };

/**
 * Which curves to draw.
 */
export type ReadingChartRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Numeric resources; 12 at most.
 */
paths: Array<string>, 
/**
 * Milliseconds since 1970, inclusive.
 */
from: number, 
/**
 * Milliseconds since 1970, exclusive.
 */
to: number, 
/**
 * Columns of pixels; each yields a minimum and a maximum at most.
 */
columns: number, };

/**
 * Curves, reduced to what the pixels can show.
 */
export type ReadingChartResponse = { 
/**
 * In the order asked for.
 */
series: Array<ChartSeries>, };

/**
 * Which readings to fetch.
 */
export type ReadingHistoryRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Everything at or below this path.
 */
path: string, 
/**
 * RFC 3339, inclusive.
 */
from?: string, 
/**
 * RFC 3339, exclusive.
 */
to?: string, 
/**
 * The newest ones; 1,000 unless told, 100,000 at most.
 */
limit?: number, 
/**
 * Shows only the beginning of large values.
 */
preview?: boolean, };

/**
 * Readings, ascending by time.
 */
export type ReadingHistoryResponse = { 
/**
 * The rows asked for.
 */
readings: Array<Reading>, };

/**
 * How a reading came in.
 */
export type ReadingSource = "notify" | "read" | "send" | "composite";

/**
 * Values of one path, in columns.
 */
export type ReadingsEvent = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * Absolute.
 */
path: string, 
/**
 * The type of all values.
 */
kind: Kind, 
/**
 * Milliseconds since 1970.
 */
t: Array<number>, 
/**
 * In the JSON form of the kind; of a large value only its beginning.
 */
v: Array<JsonValue>, 
/**
 * Sizes in bytes, one for each value, if any of them is only a beginning;
 * then 0 stands for a whole value.
 */
sizes?: Array<number>, 
/**
 * How they came in.
 */
source: ReadingSource, 
/**
 * The revision that stored the last of them.
 */
revision: number, };

/**
 * Executes a resource.
 */
export type ResourceExecuteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The executable resource.
 */
path: string, 
/**
 * The raw text of the arguments, e.g. `0='U'`.
 */
arguments?: string, 
/**
 * Sends it until it is acknowledged, unless told otherwise.
 */
confirmable?: boolean, 
/**
 * Sends it even where the model knows nothing to execute.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Reads an object, an instance, a resource or a resource instance.
 */
export type ResourceReadRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * E.g. `/3303/0/5700`.
 */
path: string, 
/**
 * The Accept option; the most compact one the device offers unless told.
 */
format?: Format, 
/**
 * Asks even for objects that only a bootstrap server may touch.
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * Writes values to an instance, a resource or a resource instance.
 */
export type ResourceWriteRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The target of the request.
 */
path: string, 
/**
 * `replace` unless told.
 */
mode?: WriteMode, 
/**
 * Absolute paths at or below `path`.
 */
values: Array<ValueAt>, 
/**
 * The format to send; chosen from what the device offers unless told.
 */
format?: Format, 
/**
 * Sends even what the model forbids (type, range, operation).
 */
unchecked?: boolean, 
/**
 * When to give up: counted from now, or from the moment it is sent where
 * `ttl_ms` says how long it may wait.
 */
timeout_ms?: number, 
/**
 * How long it may wait to be sent. Where neither this nor `timeout_ms` is
 * given, seven days for a device in queue mode.
 */
ttl_ms?: number, 
/**
 * `normal` unless told.
 */
priority?: Priority, 
/**
 * A write takes the place of one that still waits for the same path; as the
 * device's profile says unless told.
 */
latest_wins?: boolean, };

/**
 * The reader must fetch anew.
 */
export type ResyncEvent = { 
/**
 * The newest revision.
 */
revision: number, };

/**
 * What a listener serves.
 */
export type Role = "server" | "bootstrap";

/**
 * How the stored secrets are opened.
 */
export type Sealing = { 
/**
 * Where the key is.
 */
way: SealingWay, 
/**
 * What to know of it.
 */
warning?: string, };

/**
 * Another place for the key that opens the stored secrets.
 */
export type SealingPutRequest = { 
/**
 * Where.
 */
way: SealingWay, 
/**
 * Needed for `passphrase`; the next start needs it in a file.
 */
passphrase?: string, };

/**
 * Where the key is that opens the stored secrets.
 */
export type SealingWay = "keychain" | "passphrase" | "file";

/**
 * How a device's identity was proven.
 */
export type Security = "nosec" | "psk" | "rpk" | "x509" | "oscore";

/**
 * What happened between a device and a secure listener.
 */
export type SecurityEvent = { 
/**
 * What.
 */
kind: SecurityEventKind, 
/**
 * RFC 3339.
 */
time: string, 
/**
 * Where the device is.
 */
address: string, 
/**
 * The step that is done, or that was done last.
 */
step?: HandshakeStep, 
/**
 * The identity that was named, if it is text.
 */
identity?: string, 
/**
 * The same in hex.
 */
identity_hex?: string, 
/**
 * How the device proved itself.
 */
mode?: Security, 
/**
 * The IANA name of the cipher suite.
 */
suite?: string, 
/**
 * Whether Connection IDs are in use.
 */
cid?: boolean, 
/**
 * Whether an earlier session was resumed.
 */
resumed?: boolean, 
/**
 * Why it failed, for scripts.
 */
cause?: PendingCause, 
/**
 * Why it failed, as in `pending_list`.
 */
failure?: Pending, };

/**
 * What happened between a device and a secure listener.
 */
export type SecurityEventKind = "step" | "established" | "failed" | "refused";

/**
 * The certificate and the public key that the server shows to devices.
 */
export type ServerIdentity = { 
/**
 * Shown to devices that ask for this name only; without it to all others.
 */
server_name?: string, 
/**
 * PEM.
 */
certificate_pem: string, 
/**
 * The certificates of its issuers, PEM; empty where it vouches for itself.
 */
chain_pem: string, 
/**
 * Base64 of the SubjectPublicKeyInfo, as devices with raw public keys need it.
 */
public_key: string, 
/**
 * The certificate in every form.
 */
certificate_forms: KeyForms, 
/**
 * The public key in every form.
 */
public_key_forms: KeyForms, 
/**
 * What the certificate says.
 */
certificate: CertificateInfo, };

/**
 * A server name that is to have no identity of its own any more.
 */
export type ServerIdentityDeleteRequest = { 
/**
 * Which.
 */
server_name: string, };

/**
 * What the server shows to devices that ask for a server name.
 */
export type ServerIdentityListResponse = { 
/**
 * By name; the usual identity, for all other devices, is not among them.
 */
server_identities: Array<NamedServerIdentity>, };

/**
 * Another certificate and key for the server, shown from the next handshake on.
 */
export type ServerIdentityPutRequest = { 
/**
 * Shown to devices that ask for this name (SNI) only; without it to all others.
 * Put the same pair once for each name.
 */
server_name?: string, 
/**
 * PEM; DER in hex or base64 is read too.
 */
certificate_pem: string, 
/**
 * Its key, which must be on P-256; PEM, or DER in hex or base64.
 */
private_key_pem: string, 
/**
 * The certificates of its issuers, each after the one that it signed.
 */
chain_pem?: string, };

/**
 * Which of the server's identities to look at.
 */
export type ServerIdentityRequest = { 
/**
 * The one for this server name; without it the usual one.
 */
server_name?: string, };

/**
 * Where a device was.
 */
export type SessionAddress = { 
/**
 * E.g. `192.168.1.20:49152`.
 */
address: string, 
/**
 * Since when, RFC 3339.
 */
since: string, };

/**
 * A device whose session to look at.
 */
export type SessionGetResponse = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * How it proved itself.
 */
mode: Security, 
/**
 * The IANA name of the cipher suite.
 */
suite: string, 
/**
 * Whether Connection IDs are in use, so that it may move.
 */
cid: boolean, 
/**
 * Bytes of the Connection ID that we gave out.
 */
cid_bytes?: number, 
/**
 * The server name that it asked for and that chose our certificate.
 */
server_name?: string, 
/**
 * Whether its handshake resumed an earlier session.
 */
resumed: boolean, 
/**
 * RFC 3339.
 */
established_at: string, 
/**
 * Its age in seconds.
 */
age_s: number, 
/**
 * Where it was, oldest first; the last one is where it is.
 */
addresses: Array<SessionAddress>, 
/**
 * Records under its name that were dropped, since the program began.
 */
dropped_records: number, 
/**
 * What that means, where there are any.
 */
dropped_because?: string, 
/**
 * The identity of the pre-shared key, if it is text.
 */
identity?: string, 
/**
 * The same in hex.
 */
identity_hex?: string, 
/**
 * The raw public key in base64.
 */
public_key?: string, 
/**
 * What the certificate says.
 */
certificate?: CertificateInfo, };

/**
 * What can be set.
 */
export type Settings = { 
/**
 * The colours.
 */
theme: Theme, 
/**
 * What closing the window does.
 */
on_close: OnClose, 
/**
 * Readings older than this many days are removed; 0 keeps all.
 */
retention_days: number, 
/**
 * Above this size of the database the oldest readings are removed; 0 keeps all.
 */
retention_mib: number, 
/**
 * Listeners to open at the start, e.g. `{"coap": "127.0.0.1:5683"}`; they
 * give way to the command line.
 */
listeners: { [key in string]: string }, 
/**
 * Refuses what deviates from the standard instead of recording it.
 */
strict: boolean, 
/**
 * Seconds for which a registration is kept after its lifetime, for Updates that
 * are late.
 */
grace_s: number, 
/**
 * Endpoints that may not register; they are answered 4.03.
 */
blocked: Array<string>, 
/**
 * The folder of the log files; the default one when empty.
 */
log_dir: string, 
/**
 * Length of the Connection IDs that devices are given; with 0 a device that
 * changes its address needs another handshake.
 */
dtls_cid_bytes: number, 
/**
 * Largest datagram of a DTLS handshake, in bytes.
 */
dtls_mtu: number, 
/**
 * How long a handshake waits for the first answer before it sends again, doubled
 * each time; networks such as NB-IoT want 9,000.
 */
dtls_first_timeout_ms: number, };

/**
 * Settings to change; absent ones stay.
 */
export type SettingsPutRequest = { 
/**
 * The colours.
 */
theme?: Theme, 
/**
 * What closing the window does.
 */
on_close?: OnClose, 
/**
 * Days; 0 keeps all.
 */
retention_days?: number, 
/**
 * MiB; 0 keeps all.
 */
retention_mib?: number, 
/**
 * Replaces the whole list.
 */
listeners?: { [key in string]: string }, 
/**
 * Refuses what deviates from the standard.
 */
strict?: boolean, 
/**
 * Seconds, a day at most.
 */
grace_s?: number, 
/**
 * Endpoints that may not register; replaces the whole list.
 */
blocked?: Array<string>, 
/**
 * The folder of the log files, from the next start on.
 */
log_dir?: string, 
/**
 * 0 to 16; 8 unless told. For handshakes from now on, as the two that follow.
 */
dtls_cid_bytes?: number, 
/**
 * 256 to 1,472; 1,024 unless told.
 */
dtls_mtu?: number, 
/**
 * 100 to 60,000; 1,000 unless told.
 */
dtls_first_timeout_ms?: number, };

/**
 * Simulated devices that run.
 */
export type SimulatorListResponse = { 
/**
 * Their endpoint names.
 */
endpoints: Array<string>, 
/**
 * What can be started.
 */
kinds: Array<string>, };

/**
 * Starts simulated devices.
 */
export type SimulatorStartRequest = { 
/**
 * How many; 10,000 at most.
 */
count: number, 
/**
 * `sensor` unless told; see `simulator_list` for the others.
 */
kind?: string, 
/**
 * Endpoint names begin with it; `sim` unless told.
 */
prefix?: string, 
/**
 * `nosec` unless told; with `psk` each comes over coaps with a credential that is
 * made for it, and goes with it.
 */
security?: Security, };

/**
 * The devices that were started.
 */
export type SimulatorStartResponse = { 
/**
 * Their endpoint names.
 */
endpoints: Array<string>, };

/**
 * Stops simulated devices.
 */
export type SimulatorStopRequest = { 
/**
 * All unless told.
 */
endpoint?: string, };

/**
 * The figures of the status bar.
 */
export type Status = { 
/**
 * The program's version.
 */
version: string, 
/**
 * Sockets that devices reach.
 */
listeners: Array<Listener>, 
/**
 * Listeners that were asked for and could not be opened.
 */
closed_listeners: Array<ClosedListener>, 
/**
 * Known devices.
 */
devices: number, 
/**
 * Registered devices.
 */
online: number, 
/**
 * Datagrams a second, in and out, over the last second.
 */
messages_per_second: number, 
/**
 * Operations that have not ended.
 */
open_operations: number, 
/**
 * Observations in force.
 */
observations: number, 
/**
 * Simulated devices that run.
 */
simulated: number, 
/**
 * Malformed datagrams since the start.
 */
malformed: number, 
/**
 * Size of the database with its log.
 */
database_bytes: number, 
/**
 * Why the database does not take writes, if it does not.
 */
storage_problem?: string, 
/**
 * The newest revision published.
 */
revision: number, 
/**
 * The folder that holds everything.
 */
data_dir: string, 
/**
 * The folder of the log files.
 */
log_dir: string, };

/**
 * What somebody needs to know who helps from afar, as a file to save.
 */
export type SupportBundle = { 
/**
 * A name to propose.
 */
name: string, 
/**
 * A zip archive in base64.
 */
content: string, 
/**
 * True: the content is bytes.
 */
base64: boolean, };

/**
 * Tables that can be exported.
 */
export type Table = "devices" | "readings" | "operations" | "problems" | "tree" | "models" | "compatibility";

/**
 * A table to turn into a file.
 */
export type TableExportRequest = { 
/**
 * Which.
 */
table: Table, 
/**
 * Whose, where it matters.
 */
endpoint?: string, 
/**
 * For readings.
 */
path?: string, 
/**
 * For devices.
 */
filter?: string, 
/**
 * `csv` unless told.
 */
format?: TableFormat, };

/**
 * How a table is written.
 */
export type TableFormat = "csv" | "json";

/**
 * The colours of the window.
 */
export type Theme = "system" | "light" | "dark";

/**
 * Which datagrams to show.
 */
export type TrafficListRequest = { 
/**
 * Only those of this device's present address.
 */
endpoint?: string, 
/**
 * The newest ones; 200 unless told.
 */
limit?: number, };

/**
 * Datagrams, newest first.
 */
export type TrafficListResponse = { 
/**
 * Out of a bounded memory of the latest ones.
 */
messages: Array<TrafficMessage>, };

/**
 * One datagram.
 */
export type TrafficMessage = { 
/**
 * RFC 3339.
 */
time: string, 
/**
 * Whether the device sent it.
 */
inbound: boolean, 
/**
 * The device's address.
 */
peer: string, 
/**
 * In one line, e.g. `CON GET /3/0/0 · mid 4711`.
 */
summary: string, 
/**
 * The path asked for, where the message names one.
 */
path?: string, 
/**
 * Payload format, where the message names one.
 */
format?: Format, 
/**
 * The datagram, base64.
 */
bytes: string, };

/**
 * What is done about a deviation from the standard.
 */
export type Treatment = "strict" | "lenient" | "off";

/**
 * Every row of a device's tree, parents before children.
 */
export type TreeGetResponse = { 
/**
 * In the order to show.
 */
rows: Array<TreeRow>, 
/**
 * The registration that the rows describe has this revision or a later one.
 */
revision: number, 
/**
 * What the device can be told to do.
 */
actions: Array<DeviceAction>, };

/**
 * What a row stands for.
 */
export type TreeLevel = "object" | "instance" | "resource" | "resource_instance";

/**
 * One row.
 */
export type TreeRow = { 
/**
 * Absolute; unique in the tree.
 */
path: string, 
/**
 * The parent's path; absent for objects.
 */
parent?: string, 
/**
 * What the row stands for.
 */
level: TreeLevel, 
/**
 * From the model, or `Object 4711`.
 */
name: string, 
/**
 * Of an object: the version in force.
 */
version?: string, 
/**
 * Of an object: the version that the device said, if it said one.
 */
announced_version?: string, 
/**
 * Of an object: the version of the definition that is used, if one fits.
 */
model_version?: string, 
/**
 * Of an object: how well the definitions fit.
 */
fit?: ModelFit, 
/**
 * Of an object: a sentence when the definition is not exact.
 */
warning?: string, 
/**
 * The type of the value.
 */
kind?: Kind, 
/**
 * From the model.
 */
unit?: string, 
/**
 * The allowed range as the model states it.
 */
range?: string, 
/**
 * What the model says in prose.
 */
description?: string, 
/**
 * Whether Read is allowed.
 */
readable: boolean, 
/**
 * Whether Write is allowed.
 */
writable: boolean, 
/**
 * Whether Execute is allowed.
 */
executable: boolean, 
/**
 * Whether there may be several instances.
 */
multiple: boolean, 
/**
 * Whether the model demands it.
 */
mandatory: boolean, 
/**
 * Whether the device listed it when it was last asked with Discover; absent
 * where it was not asked.
 */
present?: boolean, 
/**
 * Whether a chart can show it.
 */
numeric: boolean, 
/**
 * The latest value known.
 */
value?: JsonValue, 
/**
 * Its size in bytes, where `value` is only its beginning; `value_get` has all.
 */
size?: number, 
/**
 * What bytes without a definition may mean, e.g. `integer 42`.
 */
guesses?: Array<string>, 
/**
 * Milliseconds since 1970 of that value.
 */
at?: number, 
/**
 * How that value came in.
 */
source?: ReadingSource, 
/**
 * The path of the observation that covers this row.
 */
observed?: string, 
/**
 * All paths of the composite observation that covers this row; they end only
 * together.
 */
observed_together?: Array<string>, 
/**
 * Notification attributes known from Discover or set from here, e.g. `pmin=5`.
 */
attributes: Array<string>, 
/**
 * Of an observed row, or one with attributes of its own: when the device
 * reports it, in words.
 */
reporting?: string, };

/**
 * An authority whose signature counts.
 */
export type TrustAnchor = { 
/**
 * Its id.
 */
trust_anchor: string, 
/**
 * PEM.
 */
certificate_pem: string, 
/**
 * What it says.
 */
certificate: CertificateInfo, 
/**
 * Whether it is the authority of this bench.
 */
own: boolean, 
/**
 * RFC 3339.
 */
added_at: string, };

/**
 * An authority to trust no more.
 */
export type TrustAnchorDeleteRequest = { 
/**
 * Its id.
 */
trust_anchor: string, };

/**
 * Whom we trust.
 */
export type TrustAnchorListResponse = { 
/**
 * In the order in which they came.
 */
trust_anchors: Array<TrustAnchor>, };

/**
 * An authority whose signature on a device's certificate counts.
 */
export type TrustAnchorPutRequest = { 
/**
 * PEM; DER in hex or base64 is read too. Several are taken together.
 */
certificate_pem: string, };

/**
 * A value at a path, as a device gave it.
 */
export type Value = { 
/**
 * Absolute.
 */
path: string, 
/**
 * The type.
 */
kind: Kind, 
/**
 * In the JSON form of its kind.
 */
value: JsonValue, 
/**
 * Its size in bytes, where `value` is only its beginning; `value_get` has all.
 */
size?: number, 
/**
 * The time the device gave it, RFC 3339.
 */
time?: string, };

/**
 * A value for a path, to be written.
 */
export type ValueAt = { 
/**
 * Absolute for writes, relative to the instance for creates.
 */
path: string, 
/**
 * The type.
 */
kind: Kind, 
/**
 * In the JSON form of its kind.
 */
value: JsonValue, };

/**
 * Which stored value to fetch whole.
 */
export type ValueGetRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The resource or resource instance.
 */
path: string, 
/**
 * The time of the value as rows name it, RFC 3339; the newest unless told.
 */
time?: string, };

/**
 * Text that a person typed for a resource.
 */
export type ValueParseRequest = { 
/**
 * The endpoint client name.
 */
endpoint: string, 
/**
 * The resource or resource instance.
 */
path: string, 
/**
 * As typed: `21.5`, `true`, `2026-11-20T09:00:00Z`, hex for opaque.
 */
text: string, 
/**
 * The type to read it as where the model does not say.
 */
kind?: Kind, };

/**
 * The value that a text stands for.
 */
export type ValueParseResponse = { 
/**
 * The type.
 */
kind: Kind, 
/**
 * In the JSON form of its kind.
 */
value: JsonValue, };

/**
 * A key of the page's own.
 */
export type ViewGetRequest = { 
/**
 * A key of the page's own.
 */
key: string, };

/**
 * What was kept.
 */
export type ViewGetResponse = { 
/**
 * Null if nothing was.
 */
value: JsonValue, };

/**
 * Something the page wants kept: layouts, open tabs, drafts.
 */
export type ViewPutRequest = { 
/**
 * A key of the page's own, 128 bytes at most.
 */
key: string, 
/**
 * Any JSON, 64 KiB at most; null removes it.
 */
value: JsonValue, };

/**
 * What a queued operation waits for.
 */
export type WaitsFor = "turn" | "wake";

/**
 * What shows that a device in queue mode is awake.
 */
export type WakeOn = "update" | "any";

/**
 * How a write treats what is already there.
 */
export type WriteMode = "replace" | "update";

/** Every call with its shapes. */
export interface Calls {
  /** Every known device, page by page. */
  device_list: { request: DeviceListRequest; response: DeviceListResponse };
  /** One device. */
  device_get: { request: EndpointRequest; response: Device };
  /** Removes a device with its history. */
  device_forget: { request: EndpointRequest; response: Empty };
  /** Sets alias, note and tags of a device. */
  device_note: { request: DeviceNoteRequest; response: Device };
  /** The object tree of a device with the latest values. */
  tree_get: { request: EndpointRequest; response: TreeGetResponse };
  /** Reads an object, instance, resource or resource instance. */
  resource_read: { request: ResourceReadRequest; response: OperationStarted };
  /** Writes values, replacing or updating. */
  resource_write: { request: ResourceWriteRequest; response: OperationStarted };
  /** Executes a resource. */
  resource_execute: { request: ResourceExecuteRequest; response: OperationStarted };
  /** Lists what lies at a path, with its attributes. */
  resource_discover: { request: PathRequest; response: OperationStarted };
  /** Sets or unsets notification attributes. */
  attributes_write: { request: AttributesWriteRequest; response: AttributesWritten };
  /** Notification attributes at a path: attached where, what counts, in words. */
  attributes_get: { request: AttributesGetRequest; response: AttributesGetResponse };
  /** Who may do what: the Access Control object as a table. */
  access_get: { request: EndpointRequest; response: AccessGetResponse };
  /** Replaces the entries of one access control rule. */
  access_put: { request: AccessPutRequest; response: OperationStarted };
  /** Creates an object instance. */
  instance_create: { request: InstanceCreateRequest; response: OperationStarted };
  /** Deletes an object instance. */
  instance_delete: { request: PathRequest; response: OperationStarted };
  /** Starts observing a path. */
  observation_start: { request: PathRequest; response: OperationStarted };
  /** Ends an observation, by request or by reset. */
  observation_cancel: { request: ObservationCancelRequest; response: OperationStarted };
  /** Reads several paths with one request, as far as they are there. */
  composite_read: { request: CompositeReadRequest; response: OperationStarted };
  /** Writes values of any objects with one request: all of them or none. */
  composite_write: { request: CompositeWriteRequest; response: OperationStarted };
  /** Starts observing several paths as one. */
  composite_observe: { request: CompositeObserveRequest; response: OperationStarted };
  /** Ends an observation of several paths, by request or by reset. */
  composite_cancel: { request: CompositeCancelRequest; response: OperationStarted };
  /** Reads everything that a device has, with as few requests as it allows. */
  device_read: { request: DeviceReadRequest; response: OperationStarted };
  /** Named lists of paths that apply to a device. */
  path_set_list: { request: EndpointRequest; response: PathSetListResponse };
  /** Saves a list of paths under a name. */
  path_set_save: { request: PathSetSaveRequest; response: PathSetListResponse };
  /** Deletes a named list of paths. */
  path_set_delete: { request: PathSetDeleteRequest; response: PathSetListResponse };
  /** Observations in force. */
  observation_list: { request: ObservationListRequest; response: ObservationListResponse };
  /** Waits for the end of an operation; a timeout returns its present state. */
  operation_wait: { request: OperationWaitRequest; response: Operation };
  /** One operation as it is now. */
  operation_get: { request: OperationRequest; response: Operation };
  /** Operations, newest first. */
  operation_list: { request: OperationListRequest; response: OperationListResponse };
  /** Withdraws an operation that has not ended. */
  operation_cancel: { request: OperationRequest; response: Operation };
  /** Whether a device listens, and what waits for it. */
  queue_get: { request: EndpointRequest; response: QueueGetResponse };
  /** Gives an operation that waits another priority or another place in line. */
  operation_move: { request: OperationMoveRequest; response: Operation };
  /** How a device is treated where it differs from others. */
  profile_get: { request: EndpointRequest; response: ProfileResponse };
  /** Has a device treated in another way from now on. */
  profile_put: { request: ProfilePutRequest; response: ProfileResponse };
  /** How a device deviates from the standard, and how often. */
  compatibility_get: { request: EndpointRequest; response: CompatibilityGetResponse };
  /** Does what a line typed for a device says. */
  console_run: { request: ConsoleRunRequest; response: ConsoleRunResponse };
  /** What may stand at the cursor of a line. */
  console_complete: { request: ConsoleCompleteRequest; response: ConsoleCompleteResponse };
  /** Lines typed before. */
  console_history: { request: ConsoleHistoryRequest; response: ConsoleHistoryResponse };
  /** Devices, places, operations and commands that fit a few letters. */
  palette_search: { request: PaletteSearchRequest; response: PaletteSearchResponse };
  /** One stored value, however large. */
  value_get: { request: ValueGetRequest; response: Reading };
  /** Stored values at or below a path, ascending by time. */
  reading_history: { request: ReadingHistoryRequest; response: ReadingHistoryResponse };
  /** Curves reduced to what the pixels can show. */
  reading_chart: { request: ReadingChartRequest; response: ReadingChartResponse };
  /** Checks text against the model and turns it into a value; sends nothing. */
  value_parse: { request: ValueParseRequest; response: ValueParseResponse };
  /** The latest datagrams. */
  traffic_list: { request: TrafficListRequest; response: TrafficListResponse };
  /** Loads definitions from a DDF file or a zip of them. */
  model_import: { request: ModelImportRequest; response: ModelImportResponse };
  /** All definitions loaded. */
  model_list: { request: Empty; response: ModelListResponse };
  /** One definition. */
  model_get: { request: ModelGetRequest; response: Model };
  /** Starts simulated devices. */
  simulator_start: { request: SimulatorStartRequest; response: SimulatorStartResponse };
  /** Stops one simulated device, or all. */
  simulator_stop: { request: SimulatorStopRequest; response: Empty };
  /** Simulated devices that run. */
  simulator_list: { request: Empty; response: SimulatorListResponse };
  /** Gives an endpoint, or all that fit a pattern, a credential; a generated key is shown this once. */
  credential_put: { request: CredentialPutRequest; response: CredentialPutResponse };
  /** Gives a credential to another endpoint, or to that one too. */
  credential_bind: { request: CredentialBindRequest; response: CredentialPutResponse };
  /** Credentials without their secrets, by holder. */
  credential_list: { request: CredentialListRequest; response: CredentialListResponse };
  /** Deletes a credential; a device that uses it loses its session. */
  credential_delete: { request: CredentialDeleteRequest; response: Empty };
  /** Takes in a table of credentials, or says what would become of each line. */
  credential_import: { request: CredentialImportRequest; response: CredentialImportResponse };
  /** All credentials as a file: sealed under a passphrase, or without keys. */
  credential_export: { request: CredentialExportRequest; response: FileContent };
  /** Devices that did not get in, and those that nobody named, of the last day. */
  pending_list: { request: Empty; response: PendingListResponse };
  /** Does what lets one of them in; a generated key is shown this once. */
  pending_accept: { request: PendingRequest; response: CredentialPutResponse };
  /** Takes one off the list until it happens again. */
  pending_dismiss: { request: PendingRequest; response: Empty };
  /** Keeps whoever it is out from now on, without a further word. */
  pending_block: { request: PendingRequest; response: Block };
  /** Who is kept out. */
  block_list: { request: Empty; response: BlockListResponse };
  /** Lets somebody in again. */
  block_delete: { request: BlockRequest; response: BlockListResponse };
  /** The secure session of a device. */
  session_get: { request: EndpointRequest; response: SessionGetResponse };
  /** The certificate and public key that the server shows to devices. */
  server_identity_get: { request: ServerIdentityRequest; response: ServerIdentity };
  /** Replaces them from the next handshake on, or adds those for a server name. */
  server_identity_put: { request: ServerIdentityPutRequest; response: ServerIdentity };
  /** What is shown to devices that ask for a server name. */
  server_identity_list: { request: Empty; response: ServerIdentityListResponse };
  /** Shows the usual identity to devices that ask for a server name. */
  server_identity_delete: { request: ServerIdentityDeleteRequest; response: ServerIdentityListResponse };
  /** The certificate authority of the bench, and what it issued. */
  authority_get: { request: Empty; response: AuthorityGetResponse };
  /** Issues a certificate for a device; a key that is made here is shown this once. */
  authority_issue: { request: AuthorityIssueRequest; response: AuthorityIssueResponse };
  /** Trusts an authority for the certificates of devices. */
  trust_anchor_put: { request: TrustAnchorPutRequest; response: TrustAnchorListResponse };
  /** Authorities that are trusted. */
  trust_anchor_list: { request: Empty; response: TrustAnchorListResponse };
  /** Trusts an authority no more. */
  trust_anchor_delete: { request: TrustAnchorDeleteRequest; response: TrustAnchorListResponse };
  /** Where the key is that opens the stored secrets. */
  sealing_get: { request: Empty; response: Sealing };
  /** Puts it elsewhere; the secrets stay as they are. */
  sealing_put: { request: SealingPutRequest; response: Sealing };
  /** The figures of the status bar. */
  status_get: { request: Empty; response: Status };
  /** Malformed input, refused registrations, occupied ports. */
  problem_list: { request: ProblemListRequest; response: ProblemListResponse };
  /** Addresses of this machine that a listener can be opened on. */
  interface_list: { request: Empty; response: InterfaceListResponse };
  /** Opens a listener. */
  listener_open: { request: ListenerOpenRequest; response: ListenerListResponse };
  /** Closes a listener. */
  listener_close: { request: ListenerCloseRequest; response: ListenerListResponse };
  /** What is set. */
  settings_get: { request: Empty; response: Settings };
  /** Changes settings. */
  settings_put: { request: SettingsPutRequest; response: Settings };
  /** What the page had kept under a key. */
  view_get: { request: ViewGetRequest; response: ViewGetResponse };
  /** Keeps something for the page. */
  view_put: { request: ViewPutRequest; response: Empty };
  /** A table as CSV or JSON. */
  table_export: { request: TableExportRequest; response: FileContent };
  /** Version, settings, counts, problems and log in one archive, without secrets and without values. */
  support_bundle: { request: Empty; response: SupportBundle };
  /** A ticket for the event stream, which cannot carry headers. */
  events_ticket: { request: Empty; response: EventsTicketResponse };
}

/** Calls that change nothing and may be repeated. */
export const queries = [
  "device_list",
  "device_get",
  "tree_get",
  "attributes_get",
  "access_get",
  "path_set_list",
  "observation_list",
  "operation_wait",
  "operation_get",
  "operation_list",
  "queue_get",
  "profile_get",
  "compatibility_get",
  "console_complete",
  "console_history",
  "palette_search",
  "value_get",
  "reading_history",
  "reading_chart",
  "value_parse",
  "traffic_list",
  "model_list",
  "model_get",
  "simulator_list",
  "credential_list",
  "pending_list",
  "block_list",
  "session_get",
  "server_identity_get",
  "server_identity_list",
  "authority_get",
  "trust_anchor_list",
  "sealing_get",
  "status_get",
  "problem_list",
  "interface_list",
  "settings_get",
  "view_get",
  "table_export",
  "support_bundle",
] as const satisfies readonly (keyof Calls)[];
