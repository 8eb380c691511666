//! `support`: the support bundle, as a file.

use crate::arguments::asking::SupportOptions;
use crate::caller::{CallError, Caller};
use crate::failure::Failure;
use api::dto::SupportBundle;
use serde_json::json;

/// Writes the bundle where it is wanted.
pub(crate) async fn run(options: SupportOptions) -> Result<(), Failure> {
    if options.to.exists() {
        return Err(CallError::Exists(options.to).into());
    }
    // Nothing is asked of devices, so none need to reach this process.
    let caller = Caller::find(options.whom, Some(None)).await?;
    let answer = caller.call("support_bundle", json!({})).await;
    caller.close().await;
    let bundle: SupportBundle = crate::carry_out::read("support_bundle", &answer?)?;
    api::local_file::write(&options.to, &bundle.content, bundle.base64).map_err(CallError::from)?;
    Ok(())
}
