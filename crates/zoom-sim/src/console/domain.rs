//! The check of a domain, as the Marketplace does it once for an account: a file with the code it
//! has given out.

use std::sync::Arc;

use axum::Form;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::state::Sim;

/// A domain and the code its owner was given.
#[derive(Deserialize)]
pub(super) struct Claim {
    domain: Url,
    code: String,
}

/// Looks for the file where the rule says it has to be.
pub(super) async fn check(
    State(sim): State<Arc<Sim>>,
    Form(Claim { domain, code }): Form<Claim>,
) -> Json<Value> {
    let path = sim.read(|world| world.rules.domain_file).path();
    let mut file = domain;
    file.set_path(path);
    file.set_query(None);
    let found = read(&sim, file.clone()).await;
    let verified = found.as_ref().is_ok_and(|text| text.trim() == code);
    let reason = match found {
        Ok(_) if verified => Value::Null,
        Ok(_) => json!("the file holds something else"),
        Err(reason) => json!(reason),
    };
    Json(json!({"file": file.as_str(), "verified": verified, "reason": reason}))
}

async fn read(sim: &Sim, file: Url) -> Result<String, String> {
    let Some(http) = &sim.http else {
        return Err("this simulator reaches no network".into());
    };
    let answer = http.get(file).send().await;
    let answer = answer.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(answer.status().to_string());
    }
    answer.text().await.map_err(|error| error.to_string())
}
