//! `/v1/x/budget`: what the dreams of the caller's workspace may take of their models in a day, and took today.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use crate::ids::Day;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;

pub async fn retrieve(State(app): State<App>, caller: Caller) -> Result<Json<Value>, ApiError> {
    let today = Day::today();
    let budget = app.database.budget(&caller.workspace).await?;
    let spending = app.database.spending(&caller.workspace, today).await?;
    Ok(Json(json!({
        "type": "x_budget", "tokens_a_day": budget.tokens, "dollars_a_day": budget.dollars,
        "tokens_today": spending.tokens, "dollars_today": spending.dollars, "until": today.next().begins(),
    })))
}
