//! The lists a desk prints.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use hefu_app::list::{List, ListPlace, ListRow, ShowList};
use hefu_domain::{Language, guest::FlagKind, list::ListKind, stay::DeskState};
use hefu_kernel::Money;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Shared,
    csv::Csv,
    problem::{Failure, Problem},
    reply::page_size,
    request::{At, Filter, RequestContext},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show_list))
}

/// How a list is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// As JSON.
    Json,
    /// As CSV, with the names of columns in the client's language.
    Csv,
}

/// Where the last page ended.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Cursor(ListPlace);

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        ListPlace::read(&text).map(Self).ok_or("no cursor")
    }
}

/// Which list is wanted, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Of which date. Default: the business date.
    date: Option<NaiveDate>,
    /// `json` or `csv`. Default: `json`.
    #[param(inline)]
    format: Option<Format>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// At most so many rows, 1 to 500.
    limit: Option<i64>,
}

/// The header in which a page of CSV says where the next begins.
const NEXT: &str = "hefu-next";

/// One of the lists a desk prints.
#[utoipa::path(get, path = "/api/v1/properties/{property}/lists/{list}", tag = "lists",
    params(("property" = String, Path), ("list" = ListKind, Path), Which),
    responses((status = 200, content((List = "application/json"), (String = "text/csv")),
            headers(("hefu-next" = String, description = "Of CSV: pass it as `cursor` for what follows; none at the end"))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn show_list(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, list)): At<(String, ListKind)>,
    Filter(which): Filter<Which>,
) -> Result<Response, Failure> {
    let wanted = ShowList {
        property,
        list,
        date: which.date,
        after: which.cursor.map(|Cursor(place)| place),
        limit: page_size(which.limit),
    };
    let list = asked.ask(&app, wanted).await?;
    if which.format != Some(Format::Csv) {
        return Ok(Json(list).into_response());
    }
    let next = list.next.clone();
    let mut response = written(asked.language, &list).into_response();
    if let Some(next) = next.and_then(|next| next.parse().ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

/// A column: its name in Chinese and English, and what stands in it.
type Column = (&'static str, &'static str, fn(Language, &List, &ListRow) -> String);

const COLUMNS: [Column; 18] = [
    ("房号", "Room", |_, _, row| row.room.clone().unwrap_or_default()),
    ("房型", "Room type", |_, _, row| row.room_type.clone()),
    ("客人", "Guest", |_, _, row| row.guest.to_string()),
    ("标记", "Flags", |language, _, row| {
        row.flags.iter().map(|flag| flag_name(language, *flag)).collect::<Vec<_>>().join(" ")
    }),
    ("确认号", "Number", |_, _, row| row.number.clone()),
    ("房间序号", "Line", |_, _, row| row.line.to_string()),
    ("到店", "Arrival", |_, _, row| row.arrival.to_string()),
    ("离店", "Departure", |_, _, row| row.departure.to_string()),
    ("成人", "Adults", |_, _, row| row.adults.to_string()),
    ("儿童", "Children", |_, _, row| row.children.to_string()),
    ("状态", "State", |language, _, row| {
        row.desk_state.map(|state| state_name(language, state).to_owned()).unwrap_or_default()
    }),
    ("预计到店时间", "Expected at", |_, _, row| row.arrival_minute.map(clock).unwrap_or_default()),
    ("要求", "Asked for", |_, _, row| row.features.join(" ")),
    ("单位", "Company", |_, _, row| row.company.clone().unwrap_or_default()),
    ("房价码", "Rate plan", |_, _, row| row.rate_plan.clone().unwrap_or_default()),
    ("包含", "Included", |_, _, row| row.inclusions.join(" ")),
    ("余额", "Balance", |_, list, row| {
        let amount = Money::new(row.balance, list.currency).to_string();
        amount.split(' ').next().unwrap_or_default().to_owned()
    }),
    ("币种", "Currency", |_, list, _| list.currency.code().to_owned()),
];

/// A time of the arrival date, or of the morning after.
fn clock(minute: i64) -> String {
    let time = format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    if minute < 24 * 60 { time } else { time + " +1" }
}

const fn said(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

const fn flag_name(language: Language, flag: FlagKind) -> &'static str {
    match flag {
        FlagKind::Vip => said(language, "贵宾", "VIP"),
        FlagKind::Blacklist => said(language, "黑名单", "blacklist"),
    }
}

const fn state_name(language: Language, state: DeskState) -> &'static str {
    match state {
        DeskState::DueIn => said(language, "今日预抵", "due in"),
        DeskState::Expected => said(language, "预抵", "expected"),
        DeskState::InHouse => said(language, "在住", "in house"),
        DeskState::DueOut => said(language, "今日预离", "due out"),
        DeskState::PendingCheckOut => said(language, "逾期未离", "overdue"),
        DeskState::CheckedOut => said(language, "已退房", "checked out"),
    }
}

fn written(language: Language, list: &List) -> Csv {
    let mut csv = Csv::new(format!("{}-{}-{}.csv", list.property, list.list, list.date));
    if list.list == ListKind::Nationalities {
        let names = [("国籍", "Nationality"), ("人数", "Guests"), ("房数", "Rooms")];
        csv.row(names.map(|(zh, en)| said(language, zh, en)));
        for row in &list.nationalities {
            let nationality = row.nationality.as_ref().map(|known| known.to_string()).unwrap_or_default();
            csv.row([nationality, row.guests.to_string(), row.rooms.to_string()]);
        }
        return csv;
    }
    csv.row(COLUMNS.map(|(zh, en, _)| said(language, zh, en)));
    for row in &list.rows {
        csv.row(COLUMNS.map(|(_, _, cell)| cell(language, list, row)));
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_after_midnight_are_of_the_morning_after() {
        assert_eq!(
            [0, 14 * 60 + 5, 24 * 60, 25 * 60 + 30].map(clock),
            ["00:00", "14:05", "00:00 +1", "01:30 +1"]
        );
    }
}
