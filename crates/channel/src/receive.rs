//! The door of a channel: a message in, the answer to it out.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{Operation, Operator, Result};
use hefu_domain::{
    Language,
    channel::{ChannelSaid, Said},
    message::{Malformation, Why},
};
use hefu_front_office::property::find_property;
use hefu_import::{IncomingRow, Refusal, TakeIn};
use hefu_ota::{
    Categories, Fault, FreeRooms, Message, Outcome, Problem, Received, Refused, Reservation, StayInfo, Told,
    acknowledge, answer, pong, receive_as, refuse,
};

pub use hefu_ota::{VERSIONS, capabilities};

use crate::{
    claim::number_of,
    hold::{Hold, without_cards, without_written_cards},
    other::{category, enquiry, free_rooms, stay},
    sender::{check_sender, find_channel},
    take::{Desk, LIMITS},
};

/// A message of a channel.
#[derive(Debug, Clone)]
pub struct ReceiveMessage {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
    /// What the form of AlpineBits says that it is, if it came in one.
    pub action: Option<String>,
    /// The message.
    pub text: String,
}

/// The answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// XML.
    pub text: String,
    /// Whether the message was taken; parts of it may not have been.
    pub is_taken: bool,
}

/// The code of what a part of a message could not be taken for, in OpenTravel's list of errors: "unable to process".
const UNABLE: u16 = 450;

/// What a refusal says to a channel: as everything that its interface answers, in English.
fn why(refusal: &Refusal) -> String {
    let Refusal { field, why } = refusal;
    format!("{} ({field}): {}", why.code(), why.text(Language::English))
}

/// Why a part of a message waits that cannot be understood.
pub(crate) fn refusal_of(fault: &Fault) -> Refusal {
    malformed(fault.at, fault.problem)
}

fn malformed(at: &str, problem: Problem) -> Refusal {
    let what = match problem {
        Problem::Missing => Malformation::Missing,
        Problem::Date => Malformation::Date,
        Problem::Order => Malformation::Order,
        Problem::Number => Malformation::Number,
        Problem::Amount => Malformation::Amount,
        Problem::Value => Malformation::Value,
        Problem::Twice => Malformation::Twice,
        Problem::Forbidden => Malformation::Forbidden,
        Problem::Mixed => Malformation::Mixed,
        Problem::Late => Malformation::Late,
        Problem::Overlap => Malformation::Overlap,
    };
    Refusal::of(at, Why::Malformed { what })
}

/// Why a message waits that is refused as a whole. One that is too much, or that reports an error itself, is not kept.
fn kept_for(refused: &Refused) -> Option<Refusal> {
    let why = match refused {
        Refused::TooLarge(_) | Refused::TooDeep(_) | Refused::TooMany(_) | Refused::ReportsError => {
            return None;
        }
        Refused::Broken(at, problem) => return Some(malformed(at, *problem)),
        Refused::DocumentType => Why::DocumentType,
        Refused::Entity => Why::ForeignEntity,
        Refused::NotWellFormed(byte) => Why::NotXml { byte: i64::try_from(*byte).unwrap_or(i64::MAX) },
        Refused::OtherMessage | Refused::NotJson => Why::OtherMessage,
    };
    Some(Refusal::of("message", why))
}

/// The name of the answer to a message that could not be read, by the first name that stands in it.
fn answer_name(text: &str) -> &'static str {
    [
        ("OTA_ResRetrieveRS", "OTA_NotifReportRQ"),
        ("OTA_HotelStayInfoNotifRQ", "OTA_HotelStayInfoNotifRS"),
        ("OTA_HotelInvCountNotifRQ", "OTA_HotelInvCountNotifRS"),
        ("OTA_HotelAvailNotifRQ", "OTA_HotelAvailNotifRS"),
        ("OTA_HotelDescriptiveContentNotifRQ", "OTA_HotelDescriptiveContentNotifRS"),
        ("OTA_PingRQ", "OTA_PingRS"),
        // What nobody is answered here, each with the answer that says so.
        ("OTA_HotelDescriptiveInfoRQ", "OTA_HotelDescriptiveInfoRS"),
        ("OTA_HotelRatePlanNotifRQ", "OTA_HotelRatePlanNotifRS"),
        ("OTA_HotelRatePlanRQ", "OTA_HotelRatePlanRS"),
        ("OTA_HotelPostEventNotifRQ", "OTA_HotelPostEventNotifRS"),
        ("OTA_ReadRQ", "OTA_ResRetrieveRS"),
    ]
    .into_iter()
    .find(|(name, _)| text.contains(name))
    .map_or("OTA_HotelResNotifRS", |(_, answer)| answer)
}

#[async_trait]
impl Operation for ReceiveMessage {
    const ACTION: Action = Action::ChannelReceive;
    type Out = Answer;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Answer> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let channel = find_channel(&mut c, property.id, &self.channel).await?;
        check_sender(&mut c, o.ctx(), &channel, o.clock().now()).await?;
        let desk = Desk::of(&mut c, property, channel).await?;
        drop(c);
        let text = match receive_as(&self.text, self.action.as_deref(), &LIMITS) {
            Ok(Received::Reservations(message)) => desk.reservations(o, &message).await?,
            Ok(Received::Stays { echo, stays }) => {
                let not_taken = desk.stays(o, &stays, &self.text).await?;
                acknowledge("OTA_HotelStayInfoNotifRS", echo.as_deref(), &not_taken)
            }
            Ok(Received::FreeRooms { echo, answer, hotel, parts }) => {
                let not_taken = desk.free_rooms(o, hotel.as_deref(), &parts).await?;
                acknowledge(answer, echo.as_deref(), &not_taken)
            }
            Ok(Received::Inventory { echo, hotel, parts }) => {
                let not_taken = desk.categories(o, hotel.as_deref(), &parts).await?;
                acknowledge("OTA_HotelDescriptiveContentNotifRS", echo.as_deref(), &not_taken)
            }
            Ok(Received::Ping { echo, data }) => pong(echo.as_deref(), &data),
            Err(refused) => {
                if let Some(refusal) = kept_for(&refused) {
                    desk.hold(o, "", refusal, without_cards(&self.text)).await?;
                }
                let text = refuse(answer_name(&self.text), &refused.to_string());
                return Ok(Answer { text, is_taken: false });
            }
        };
        Ok(Answer { text, is_taken: true })
    }
}

impl Desk {
    pub(crate) async fn hold(
        &self,
        o: &Operator<'_>,
        external_id: &str,
        refusal: Refusal,
        text: String,
    ) -> Result<()> {
        let property = self.setup.property.code.clone();
        let (channel, external_id) = (self.channel.clone(), external_id.to_owned());
        o.execute(Hold { property, channel, external_id, refusal, text }).await
    }

    /// Takes reservations in, or keeps what cannot be taken with its reason; answers the answer.
    pub(crate) async fn reservations(&self, o: &Operator<'_>, message: &Message) -> Result<String> {
        let came = o.clock().now();
        let mut outcomes = Vec::new();
        for (reservation, alone) in message.reservations.iter().zip(&message.alone) {
            let kept = || without_written_cards(alone);
            match reservation {
                Ok(reservation) => match self.take(o, reservation, message, (came, None)).await? {
                    Ok(number) => outcomes.push(Outcome::Taken(number)),
                    Err(refusal) if matches!(refusal.why, Why::Enquiry { .. }) => {
                        outcomes.push(self.ask(o, reservation, message).await?);
                        let number = number_of(&reservation.id).unwrap_or_default();
                        self.hold(o, &number, refusal, kept()).await?;
                    }
                    Err(refusal) => {
                        let number = number_of(&reservation.id).unwrap_or_default();
                        outcomes.push(Outcome::NotTaken(why(&refusal)));
                        self.hold(o, &number, refusal, kept()).await?;
                    }
                },
                Err(fault) => {
                    let number = fault.id.as_deref().and_then(|id| number_of(id).ok()).unwrap_or_default();
                    self.hold(o, &number, refusal_of(fault), kept()).await?;
                }
            }
        }
        Ok(answer(message, &outcomes))
    }

    /// Takes in that a guest asks and has not booked. The channel has done its part: nothing is wrong with what it sent. Who asks stands in the message, which waits for
    /// somebody at the desk.
    async fn ask(&self, o: &Operator<'_>, told: &Reservation, message: &Message) -> Result<Outcome> {
        let number = match number_of(&told.id) {
            Ok(number) => number,
            Err(refusal) => return Ok(Outcome::NotTaken(why(&refusal))),
        };
        let said = told.changed.or(told.created).or(message.sent).map(|said| said.to_utc());
        let row = enquiry(&self.channel, &self.setup.property, (number.as_str(), said), told);
        Ok(match self.take_other(o, row, None).await? {
            Ok(()) => Outcome::Taken(None),
            Err(refusal) => Outcome::NotTaken(why(&refusal)),
        })
    }

    /// Takes a record in that no other message of the channel replaces.
    async fn take_other(
        &self,
        o: &Operator<'_>,
        row: IncomingRow,
        said: Option<ChannelSaid>,
    ) -> Result<std::result::Result<(), Refusal>> {
        let take = TakeIn { source: self.source(), row, since: None, said, cancels: false };
        Ok(o.operate(take).await?.map(|_| ()))
    }

    /// What the channel has said of a stay, and what it has once this is taken.
    async fn said_of_stay(&self, o: &Operator<'_>, told: &StayInfo) -> Result<(ChannelSaid, ChannelSaid)> {
        let now = o.clock().now();
        // Clocks are wrong by hours; what is of the day after tomorrow would beat whatever is said until then.
        let is_near = |said: &DateTime<Utc>| *said <= now + TimeDelta::days(1);
        let at = told.said.map(|said| said.to_utc()).filter(is_near).unwrap_or(now);
        let digest = hefu_core::request_digest(&[&serde_json::to_vec(told).unwrap_or_default()]);
        let tie = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        let known = self.known(&mut o.read().await?, &format!("stay/{}", told.reservation)).await?;
        let content = Some(Said { at, rank: 0, tie }.order());
        Ok((known.clone(), ChannelSaid { content, ..known }))
    }

    /// Takes stays in, and what was consumed in them; answers what could not be.
    pub(crate) async fn stays(
        &self,
        o: &Operator<'_>,
        stays: &[std::result::Result<StayInfo, Fault>],
        text: &str,
    ) -> Result<Vec<Told>> {
        let mut not_taken = Vec::new();
        for told in stays {
            match told {
                Ok(told) => {
                    let (known, said) = self.said_of_stay(o, told).await?;
                    // What comes late has been said otherwise since.
                    if known.content > said.content {
                        continue;
                    }
                    let mut said = (known.content != said.content).then_some(said);
                    // The stay last, with when it was said: once it is there, all of it is.
                    let mut rows = stay(&self.setup.property, told);
                    while let Some(row) = rows.pop() {
                        let said = said.take_if(|_| rows.is_empty());
                        if let Err(refusal) = self.take_other(o, row, said).await? {
                            let id = Some(told.reservation.clone());
                            not_taken.push(Told { id, code: UNABLE, why: why(&refusal) });
                        }
                    }
                }
                Err(fault) => {
                    let number = fault.id.as_deref().and_then(|id| number_of(id).ok()).unwrap_or_default();
                    let (id, code) = (fault.id.clone(), fault.problem.code());
                    not_taken.push(Told { id, code, why: format!("{} {}", fault.at, fault.problem) });
                    self.hold(o, &number, refusal_of(fault), without_cards(text)).await?;
                }
            }
        }
        Ok(not_taken)
    }

    /// What is said of a message that is for another property than the channel calls this one.
    fn other_property(&self, hotel: Option<&str>) -> Option<Told> {
        let is_other = self.channel.hotel.as_deref().zip(hotel).is_some_and(|(ours, theirs)| ours != theirs);
        let why = "the message is for another property".to_owned();
        is_other.then_some(Told { id: None, code: UNABLE, why })
    }

    async fn categories(
        &self,
        o: &Operator<'_>,
        hotel: Option<&str>,
        parts: &Categories,
    ) -> Result<Vec<Told>> {
        if let Some(told) = self.other_property(hotel) {
            return Ok(vec![told]);
        }
        let mut not_taken = Vec::new();
        for part in parts {
            match part {
                Ok(told) => {
                    let row = category(&self.channel, &self.setup.property, told);
                    if let Err(refusal) = self.take_other(o, row, None).await? {
                        not_taken.push(Told { id: None, code: UNABLE, why: why(&refusal) });
                    }
                }
                Err(fault) => {
                    let (id, code) = (fault.id.clone(), fault.problem.code());
                    not_taken.push(Told { id, code, why: format!("{} {}", fault.at, fault.problem) });
                }
            }
        }
        Ok(not_taken)
    }

    async fn free_rooms(
        &self,
        o: &Operator<'_>,
        hotel: Option<&str>,
        parts: &[std::result::Result<FreeRooms, Fault>],
    ) -> Result<Vec<Told>> {
        if let Some(told) = self.other_property(hotel) {
            return Ok(vec![told]);
        }
        let mut not_taken = Vec::new();
        for part in parts {
            let refused = match part {
                Ok(free)
                    if free.room_type.is_some()
                        && self.channel.room_types.get(free.room_type.as_deref()).is_none() =>
                {
                    Some((UNABLE, "the code of the room type is not set up for the channel".to_owned()))
                }
                Ok(free) => {
                    let row = free_rooms(&self.channel, &self.setup.property, free);
                    self.take_other(o, row, None).await?.err().map(|refusal| (UNABLE, why(&refusal)))
                }
                Err(fault) => Some((fault.problem.code(), format!("{} {}", fault.at, fault.problem))),
            };
            not_taken.extend(refused.map(|(code, why)| Told { id: None, code, why }));
        }
        Ok(not_taken)
    }
}
