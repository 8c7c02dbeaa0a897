//! The answers: `OTA_HotelResNotifRS` to a notification, `OTA_NotifReportRQ` to what was retrieved.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use crate::{
    handshake::agreed,
    read::{Kind, Message},
    tree::Refused,
};

/// What became of a reservation that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken; with the number it has here, if it has one.
    Taken(Option<String>),
    /// It was not taken, and why.
    NotTaken(String),
}

const NAMESPACE: &str = "http://www.opentravel.org/OTA/2003/05";

/// The element of the answer.
const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Notification => "OTA_HotelResNotifRS",
        Kind::Retrieval => "OTA_NotifReportRQ",
    }
}

fn open(name: &str, echo: Option<&str>) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name} xmlns=\"{NAMESPACE}\" Version=\"1.000\""
    );
    if let Some(echo) = echo {
        _ = write!(text, " EchoToken=\"{}\"", escape(echo));
    }
    text.push('>');
    text
}

/// The answer to a message: `outcomes` are of those of its reservations that were understood, in order. Each that was not taken, and each that was not
/// understood, has a warning with its number and the reason, so that the channel shows it to somebody and sends it again.
pub fn answer(message: &Message, outcomes: &[Outcome]) -> String {
    let mut text = open(name(message.kind), message.echo.as_deref());
    text.push_str("<Success/>");
    let (mut warnings, mut taken) = (String::new(), String::new());
    let mut outcomes = outcomes.iter();
    for reservation in &message.reservations {
        let (id, code, why) = match reservation {
            Ok(reservation) => match outcomes.next() {
                Some(Outcome::Taken(number)) => {
                    let (kind, id) = (escape(&reservation.id_type), escape(&reservation.id));
                    _ = write!(taken, "<HotelReservation><UniqueID Type=\"{kind}\" ID=\"{id}\"/>");
                    if let Some(number) = number {
                        let number = escape(number);
                        _ = write!(
                            taken,
                            "<ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Type=\"14\" ResID_Value=\"{number}\" ResID_Source=\"Hefu\"/></HotelReservationIDs></ResGlobalInfo>"
                        );
                    }
                    taken.push_str("</HotelReservation>");
                    continue;
                }
                Some(Outcome::NotTaken(why)) => (Some(reservation.id.as_str()), 450, why.clone()),
                None => (Some(reservation.id.as_str()), 450, "not processed".to_owned()),
            },
            Err(fault) => {
                (fault.id.as_deref(), fault.problem.code(), format!("{} {}", fault.at, fault.problem))
            }
        };
        let record = id.map(|id| format!(" RecordID=\"{}\"", escape(id))).unwrap_or_default();
        _ = write!(warnings, "<Warning Type=\"3\" Code=\"{code}\"{record}>{}</Warning>", escape(&*why));
    }
    if !warnings.is_empty() {
        _ = write!(text, "<Warnings>{warnings}</Warnings>");
    }
    if !taken.is_empty() {
        let (before, behind) = match message.kind {
            Kind::Notification => ("<HotelReservations>", "</HotelReservations>"),
            Kind::Retrieval => (
                "<NotifDetails><HotelNotifReport><HotelReservations>",
                "</HotelReservations></HotelNotifReport></NotifDetails>",
            ),
        };
        _ = write!(text, "{before}{taken}{behind}");
    }
    _ = write!(text, "</{}>", name(message.kind));
    text
}

/// The answer to what was refused as a whole.
pub fn refusal(kind: Kind, why: &Refused) -> String {
    refuse(name(kind), &why.to_string())
}

/// The answer `name` to what was refused as a whole, and why.
pub fn refuse(name: &str, why: &str) -> String {
    let mut text = open(name, None);
    _ = write!(text, "<Errors><Error Type=\"12\" Code=\"450\">{}</Error></Errors></{name}>", escape(why));
    text
}

/// Why a part of a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The number of the part at the channel.
    pub id: Option<String>,
    /// The code in OpenTravel's list of errors.
    pub code: u16,
    /// Why, for people.
    pub why: String,
}

/// The answer `name` to a message of parts that are only taken in; each that was not has a warning.
pub fn acknowledge(name: &str, echo: Option<&str>, not_taken: &[Told]) -> String {
    let mut text = open(name, echo);
    text.push_str("<Success/>");
    if !not_taken.is_empty() {
        text.push_str("<Warnings>");
        for Told { id, code, why } in not_taken {
            let record = id.as_deref().map(|id| format!(" RecordID=\"{}\"", escape(id))).unwrap_or_default();
            _ = write!(
                text,
                "<Warning Type=\"3\" Code=\"{code}\"{record}>{}</Warning>",
                escape(why.as_str())
            );
        }
        text.push_str("</Warnings>");
    }
    _ = write!(text, "</{name}>");
    text
}

/// The answer to a ping: what both sides can do, if the other one says what it can, and what it said.
pub fn pong(echo: Option<&str>, data: &str) -> String {
    let mut text = open("OTA_PingRS", echo);
    text.push_str("<Success/>");
    if let Some(both) = agreed(data) {
        let both = escape(&*both).into_owned();
        _ = write!(
            text,
            "<Warnings><Warning Type=\"11\" Status=\"ALPINEBITS_HANDSHAKE\">{both}</Warning></Warnings>"
        );
    }
    _ = write!(text, "<EchoData>{}</EchoData></OTA_PingRS>", escape(data));
    text
}
