//! The lists a desk prints.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use hefu_app::list::{List, ListPlace, ListRow, ShowList};
use hefu_domain::{Language, guest::FlagKind, list::ListKind, stay::DeskState};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::page_size,
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
    sheet::{Cell, Sheet, SheetFormat},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(show_list))
}

/// How a list is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// As JSON.
    Json,
    /// As CSV, with the names of columns in the client's language.
    Csv,
    /// As a workbook.
    Xlsx,
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
    /// `json`, `csv` or `xlsx`. Default: `json`.
    #[param(inline)]
    format: Option<Format>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// At most so many rows, 1 to 500.
    limit: Option<i64>,
}

/// The header in which a page of a file says where the next begins.
const NEXT: &str = "hefu-next";

/// One of the lists a desk prints.
#[utoipa::path(get, path = "/api/v1/properties/{property}/lists/{list}", tag = "lists",
    params(("property" = String, Path), ("list" = ListKind, Path), Which),
    responses((status = 200, content((List = "application/json"), (String = "text/csv"),
                (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
            headers(("hefu-next" = String, description = "Of a file: pass it as `cursor` for what follows; none at the end"))),
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
    let format = match which.format {
        None | Some(Format::Json) => return Ok(Json(list).into_response()),
        Some(Format::Csv) => SheetFormat::Csv,
        Some(Format::Xlsx) => SheetFormat::Xlsx,
    };
    let next = list.next.clone();
    let mut response = asked.answer(written(asked.language, &list).file(format).await)?;
    if let Some(next) = next.and_then(|next| next.parse().ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

/// A column: its name in Chinese and English, and what stands in it.
type Column = (&'static str, &'static str, fn(Language, &List, &ListRow) -> Cell);

const COLUMNS: [Column; 18] = [
    ("房号", "Room", |_, _, row| Cell::maybe(row.room.clone())),
    ("房型", "Room type", |_, _, row| Cell::Text(row.room_type.clone())),
    ("客人", "Guest", |_, _, row| Cell::Text(row.guest.to_string())),
    ("标记", "Flags", |language, _, row| {
        Cell::Text(row.flags.iter().map(|flag| flag_name(language, *flag)).collect::<Vec<_>>().join(" "))
    }),
    ("确认号", "Number", |_, _, row| Cell::Text(row.number.clone())),
    ("房间序号", "Line", |_, _, row| Cell::Count(row.line)),
    ("到店", "Arrival", |_, _, row| Cell::Day(row.arrival)),
    ("离店", "Departure", |_, _, row| Cell::Day(row.departure)),
    ("成人", "Adults", |_, _, row| Cell::Count(row.adults)),
    ("儿童", "Children", |_, _, row| Cell::Count(row.children)),
    ("状态", "State", |language, _, row| {
        Cell::maybe(row.desk_state.map(|state| state_name(language, state).to_owned()))
    }),
    ("预计到店时间", "Expected at", |_, _, row| Cell::maybe(row.arrival_minute.map(clock))),
    ("要求", "Asked for", |_, _, row| Cell::Text(row.features.join(" "))),
    ("单位", "Company", |_, _, row| Cell::maybe(row.company.clone())),
    ("房价码", "Rate plan", |_, _, row| Cell::maybe(row.rate_plan.clone())),
    ("包含", "Included", |_, _, row| Cell::Text(row.inclusions.join(" "))),
    ("余额", "Balance", |_, list, row| Cell::Amount(row.balance, list.currency)),
    ("币种", "Currency", |_, list, _| Cell::Text(list.currency.code().to_owned())),
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

fn written(language: Language, list: &List) -> Sheet {
    let name = format!("{}-{}-{}", list.property, list.list, list.date);
    if list.list == ListKind::Nationalities {
        let names = [("国籍", "Nationality"), ("人数", "Guests"), ("房数", "Rooms")];
        let mut sheet = Sheet::new(name, names.map(|(zh, en)| said(language, zh, en)));
        for row in &list.nationalities {
            let nationality = Cell::maybe(row.nationality.as_ref().map(|known| known.to_string()));
            sheet.row([nationality, Cell::Count(row.guests), Cell::Count(row.rooms)]);
        }
        return sheet;
    }
    let mut sheet = Sheet::new(name, COLUMNS.map(|(zh, en, _)| said(language, zh, en)));
    for row in &list.rows {
        sheet.row(COLUMNS.map(|(_, _, cell)| cell(language, list, row)));
    }
    sheet
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
