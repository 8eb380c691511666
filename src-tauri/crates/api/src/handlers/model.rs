//! Object definitions: what is loaded, what a file brings.

use crate::dto::{
    Empty, Model, ModelGetRequest, ModelImportRequest, ModelImportResponse, ModelListResponse,
    ModelProblem, ModelResource, ModelSummary,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::from_base64;
use crate::host::Host;
use crate::value::kind_to_dto;
use lwm2m::ObjectVersion;
use lwm2m::model::{ObjectDefinition, Provenance};
use std::sync::Arc;

/// `model_import`
pub(crate) async fn model_import(
    host: &Host,
    request: ModelImportRequest,
) -> Result<ModelImportResponse, ApiError> {
    let content = content_bytes(&request.content);
    let imported = host
        .workbench()
        .import_models(&request.name, &content)
        .await?;
    Ok(ModelImportResponse {
        objects: imported
            .objects
            .iter()
            .map(|(object, _)| summary(object))
            .collect(),
        problems: imported
            .problems
            .into_iter()
            .map(|one| ModelProblem {
                file: one.file,
                line: one.line,
                message: one.message,
            })
            .collect(),
    })
}

/// XML is what it is; anything else is base64, as a zip must be.
fn content_bytes(content: &str) -> Vec<u8> {
    let looks_like_xml = content
        .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
        .starts_with('<');
    let decoded = if looks_like_xml {
        None
    } else {
        from_base64(content)
    };
    decoded.unwrap_or_else(|| content.as_bytes().to_vec())
}

/// `model_list`
pub(crate) async fn model_list(host: &Host, _: Empty) -> Result<ModelListResponse, ApiError> {
    let registry = host.workbench().registry();
    Ok(ModelListResponse {
        objects: registry.iter().map(|object| summary(object)).collect(),
    })
}

/// `model_get`
pub(crate) async fn model_get(host: &Host, request: ModelGetRequest) -> Result<Model, ApiError> {
    let registry = host.workbench().registry();
    let found = match &request.version {
        None => registry.latest(request.object),
        Some(text) => {
            let version: ObjectVersion = text
                .parse()
                .map_err(|error| ApiError::new(ErrorCode::InvalidVersion, format!("{error}.")))?;
            registry.exact(request.object, version)
        }
    };
    let object = found.cloned().ok_or_else(|| {
        let version = request
            .version
            .map(|version| format!(" version {version}"))
            .unwrap_or_default();
        let message = format!(
            "No definition of object {}{version} is loaded; import one.",
            request.object
        );
        ApiError::new(ErrorCode::NotFound, message)
    })?;
    Ok(shape(&object))
}

fn shape(object: &Arc<ObjectDefinition>) -> Model {
    Model {
        object: object.id,
        version: object.version.to_string(),
        name: object.name.clone(),
        description: object.description.clone(),
        multiple: object.multiple,
        mandatory: object.mandatory,
        source: source(object),
        resources: object
            .resources
            .iter()
            .map(|one| ModelResource {
                resource: one.id,
                name: one.name.clone(),
                operations: one.operations.to_string(),
                multiple: one.multiple,
                mandatory: one.mandatory,
                kind: one.kind.map(kind_to_dto),
                range: one.range.clone(),
                unit: one.units.clone(),
                description: one.description.clone(),
            })
            .collect(),
    }
}

fn summary(object: &ObjectDefinition) -> ModelSummary {
    ModelSummary {
        object: object.id,
        version: object.version.to_string(),
        name: object.name.clone(),
        source: Some(source(object)),
        resources: u32::try_from(object.resources.len()).ok(),
    }
}

fn source(object: &ObjectDefinition) -> String {
    match object.provenance {
        Provenance::Catalogue => "catalogue",
        Provenance::Bundled => "bundled",
        Provenance::User(_) => "imported",
    }
    .to_owned()
}
