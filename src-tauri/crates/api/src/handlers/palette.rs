//! The palette: finds what a few letters may mean, the likeliest first. What the
//! letters say is sorted by `crate::console`, as is the way to find places by name.

use super::console::{shape, view};
use super::operation_get;
use crate::console::{Found, Order, Query, VERBS, View, find, order, place_detail, quoted};
use crate::dto::{
    ConsoleCall, OperationRequest, PaletteDeed, PaletteItem, PaletteKind, PaletteSearchRequest,
    PaletteSearchResponse,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use lwm2m::{ObjectDefinition, VersionedPath};
use serde_json::json;
use std::collections::BTreeMap;
use store::{DeviceRow, DeviceSearch};

/// Items unless told.
const USUAL_LIMIT: u32 = 20;

/// Items at most.
const MAX_LIMIT: u32 = 100;

/// Places among the answers to words; devices and definitions follow them.
const PLACES_AMONG_WORDS: usize = 8;

/// `palette_search`
pub(crate) async fn palette_search(
    host: &Host,
    request: PaletteSearchRequest,
) -> Result<PaletteSearchResponse, ApiError> {
    let limit = request.limit.unwrap_or(USUAL_LIMIT).clamp(1, MAX_LIMIT);
    let open = match &request.endpoint {
        Some(endpoint) => Some(view(host, &host.device(endpoint).await?).await?),
        None => None,
    };
    let mut search = Search {
        host,
        open,
        selected: request.path.as_deref(),
        limit,
        items: Vec::new(),
        refusal: None,
    };
    search.run(&request.query).await?;
    search
        .items
        .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(PaletteSearchResponse {
        items: search.items,
        refusal: search.refusal,
    })
}

/// A search under way.
struct Search<'a> {
    host: &'a Host,
    /// The device that is open.
    open: Option<View>,
    /// The place that is selected in it.
    selected: Option<&'a str>,
    limit: u32,
    items: Vec<PaletteItem>,
    refusal: Option<String>,
}

impl Search<'_> {
    async fn run(&mut self, text: &str) -> Result<(), ApiError> {
        match Query::of(text) {
            Query::Nothing => Ok(()),
            Query::Device(name, place) => self.device(name, place).await,
            Query::Tag(tag) => self.devices(DeviceSearch::Tag(tag.to_owned())).await,
            Query::Operation(id) => self.operation(id).await,
            Query::Help(topic) => {
                self.help(topic);
                Ok(())
            }
            Query::Value(place, value) => {
                self.value(place, value);
                Ok(())
            }
            Query::Place(place) => self.place(place).await,
            Query::Words(words) => self.words(words).await,
        }
    }

    /// Devices of that name; with a place, that place in the likeliest one.
    async fn device(&mut self, name: &str, place: &str) -> Result<(), ApiError> {
        let search = DeviceSearch::Name(name.to_owned());
        if place.is_empty() {
            return self.devices(search).await;
        }
        let found = self
            .host
            .workbench()
            .reader()
            .find_devices(&search, 1)
            .await?;
        if let Some(device) = found.first() {
            self.open = Some(view(self.host, device).await?);
            self.places(place, usize::MAX);
            self.line_on_place(place);
        }
        Ok(())
    }

    async fn devices(&mut self, search: DeviceSearch) -> Result<(), ApiError> {
        let reader = self.host.workbench().reader();
        let found = reader.find_devices(&search, self.limit).await?;
        let now = self.host.workbench().registered_at();
        let items = found.iter().map(|row| device_item(row, row.is_online(now)));
        self.items.extend(items);
        Ok(())
    }

    async fn operation(&mut self, id: &str) -> Result<(), ApiError> {
        let request = OperationRequest {
            operation: id.to_owned(),
            preview: Some(true),
        };
        match operation_get(self.host, request).await {
            Ok(found) => {
                let state = found.outcome.map(|outcome| word(&outcome));
                let state = state.unwrap_or_else(|| word(&found.state));
                self.items.push(PaletteItem {
                    detail: format!("{} {}, {state}, {}", found.name, found.path, found.endpoint),
                    endpoint: Some(found.endpoint),
                    operation: Some(found.operation),
                    ..item(PaletteKind::Operation, id)
                });
                Ok(())
            }
            Err(error) if error.code == ErrorCode::UnknownOperation => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn help(&mut self, topic: &str) {
        let fits = VERBS.iter().filter(|verb| verb.name.contains(topic));
        self.items.extend(fits.map(|verb| PaletteItem {
            detail: format!("{} {}: {}", verb.name, verb.usage, verb.doc),
            deed: PaletteDeed::Fill,
            ..item(PaletteKind::Help, verb.example)
        }));
    }

    /// A value for a place, or for the one that is selected.
    fn value(&mut self, place: &str, value: &str) {
        let place = if place.is_empty() {
            self.selected
        } else {
            Some(place)
        };
        let (Some(place), true) = (place, self.open.is_some()) else {
            self.refusal = Some("Open a device and select a resource to write to.".to_owned());
            return;
        };
        // As typed, unless it takes quotes to be one word.
        let line = format!("write {} {}", whole(place), as_one_word(value));
        self.command(&line);
        // The line is not what was typed, so neither is its column.
        let plain = self
            .refusal
            .take()
            .map(|words| match words.split_once(": ") {
                Some((column, words)) if column.starts_with("Column ") => words.to_owned(),
                _ => words,
            });
        self.refusal = plain;
    }

    /// A place of the open device; without one, the devices that have it.
    async fn place(&mut self, place: &str) -> Result<(), ApiError> {
        if self.open.is_some() {
            self.places(place, usize::MAX);
            self.line_on_place(place);
            return Ok(());
        }
        let path = whole(place)
            .parse()
            .map(|typed: VersionedPath| typed.path)
            .ok();
        let Some((path, object)) = path.and_then(|path| Some((path, path.object()?))) else {
            return Ok(());
        };
        let registry = self.host.workbench().registry();
        self.items
            .extend(registry.latest(object).map(|known| model_item(known)));
        let search = DeviceSearch::Object(object, path.instance());
        let reader = self.host.workbench().reader();
        let found = reader.find_devices(&search, self.limit).await?;
        let now = self.host.workbench().registered_at();
        self.items.extend(found.iter().map(|row| PaletteItem {
            path: Some(path.to_string()),
            ..device_item(row, row.is_online(now))
        }));
        Ok(())
    }

    /// A line of the console, parts of names, beginnings of verbs.
    async fn words(&mut self, words: &str) -> Result<(), ApiError> {
        if self.open.is_some() {
            let first = words.split_whitespace().next().unwrap_or_default();
            if VERBS
                .iter()
                .any(|verb| verb.name.split(' ').next() == Some(first))
            {
                self.command(words);
            }
            self.places(words, PLACES_AMONG_WORDS);
        }
        self.devices(DeviceSearch::Name(words.to_owned())).await?;
        self.models(words);
        if self.open.is_some() {
            let fits = VERBS
                .iter()
                .filter(|verb| verb.name.starts_with(words) && verb.name != words);
            self.items.extend(fits.map(|verb| PaletteItem {
                detail: format!("{}: {}", verb.usage, verb.doc),
                deed: PaletteDeed::Fill,
                ..item(PaletteKind::Command, &format!("{} ", verb.name))
            }));
        }
        Ok(())
    }

    /// Places of the open device.
    fn places(&mut self, text: &str, limit: usize) {
        let Some(view) = &self.open else { return };
        let limit = limit.min(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let found = find(view, text, |_| true, limit);
        self.items
            .extend(found.into_iter().map(|Found { place, .. }| {
                let detail = place_detail(view, &place);
                PaletteItem {
                    detail: format!("{}, {detail}", place.path)
                        .trim_end_matches(", ")
                        .to_owned(),
                    endpoint: Some(view.endpoint.clone()),
                    path: Some(place.path.to_string()),
                    ..item(PaletteKind::Path, &place.name)
                }
            }));
    }

    /// Reading a place that is typed, right behind the place itself.
    fn line_on_place(&mut self, place: &str) {
        let Some(view) = &self.open else { return };
        let path = whole(place);
        let line = if path == "/" {
            "read device".to_owned()
        } else {
            format!("read {path}")
        };
        if let Some(command) = command_item(view, &line).ok().flatten() {
            let behind = self.items.len().min(1);
            self.items.insert(behind, command);
        }
    }

    /// What a line asks, or why it cannot be asked.
    fn command(&mut self, line: &str) {
        let Some(view) = &self.open else { return };
        match command_item(view, line) {
            Ok(command) => self.items.extend(command),
            Err(error) => self.refusal = Some(error.message),
        }
    }

    /// Definitions by name, the newest version of each.
    fn models(&mut self, words: &str) {
        let wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let registry = self.host.workbench().registry();
        let fits = |known: &ObjectDefinition| {
            let name = known.name.to_lowercase();
            wanted.iter().all(|word| name.contains(word.as_str()))
        };
        let newest: BTreeMap<_, _> = registry
            .iter()
            .filter(|known| fits(known))
            .map(|known| (known.id, known))
            .collect();
        self.items
            .extend(newest.values().map(|known| model_item(known)));
    }
}

/// The item of a line; nothing for one that asks nothing.
fn command_item(view: &View, line: &str) -> Result<Option<PaletteItem>, ApiError> {
    let order = order(view, line).map_err(|complaint| complaint.to_error(line))?;
    let call = match &order {
        Order::Say(_) => return Ok(None),
        Order::Start { before: None, call } => shape(call),
        // More than one call: the console makes them.
        Order::Start { .. } | Order::Look(_) | Order::Wait(_) => ConsoleCall {
            name: "console_run".to_owned(),
            request: json!({ "endpoint": view.endpoint, "line": line }),
        },
    };
    let path = call.request["path"].as_str().map(str::to_owned);
    Ok(Some(PaletteItem {
        detail: format!("on {}", view.endpoint),
        endpoint: Some(view.endpoint.clone()),
        path,
        deed: PaletteDeed::Call,
        call: Some(call),
        ..item(PaletteKind::Command, line)
    }))
}

fn device_item(row: &DeviceRow, online: bool) -> PaletteItem {
    let state = if online { "online" } else { "offline" };
    let parts = row.alias.iter().cloned().chain([state.to_owned()]);
    let parts = parts.chain(row.tags.iter().map(|tag| format!("#{tag}")));
    PaletteItem {
        detail: parts.collect::<Vec<_>>().join(", "),
        endpoint: Some(row.endpoint.to_string()),
        ..item(PaletteKind::Device, row.endpoint.as_str())
    }
}

fn model_item(known: &ObjectDefinition) -> PaletteItem {
    PaletteItem {
        detail: format!(
            "definition of object {}, version {}",
            known.id, known.version
        ),
        object: Some(known.id),
        ..item(PaletteKind::Model, &known.name)
    }
}

/// An item that is shown when it is chosen.
fn item(kind: PaletteKind, title: &str) -> PaletteItem {
    PaletteItem {
        kind,
        title: title.to_owned(),
        detail: String::new(),
        endpoint: None,
        path: None,
        operation: None,
        object: None,
        deed: PaletteDeed::Open,
        call: None,
    }
}

/// `3303/0/` as a path.
fn whole(place: &str) -> String {
    format!("/{}", place.trim_matches('/'))
}

/// A value as one word of a line.
fn as_one_word(value: &str) -> String {
    if value.starts_with('"') {
        value.to_owned()
    } else {
        quoted(value)
    }
}

/// The contract's word for something.
fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}
