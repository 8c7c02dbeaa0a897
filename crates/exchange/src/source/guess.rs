//! A map for a file that has none: from its headers and values.

use std::{fmt::Write as _, path::Path};

use super::{
    Doubt, FileKind, Map, Raw, SourceError, money, open,
    spec::Code as _,
    value::{self, DateStyle},
    vocabulary::StatusRule,
    words::{Words, fold},
};

/// Rows that are looked at.
const SAMPLE: usize = 300;

/// Lines before the header at most.
const MOST_SKIPPED: u32 = 12;

/// What a column may be, by its header: letters and digits only, in lower case.
const HEADERS: &[(&str, &[&str])] = &[
    (
        "source_key",
        &[
            "bookingnumber",
            "booknumber",
            "bookingid",
            "bookingno",
            "bookingreference",
            "bookingref",
            "reservationnumber",
            "reservationid",
            "reservationno",
            "reservation",
            "confirmationnumber",
            "confirmationcode",
            "confirmationno",
            "confirmation",
            "itineraryid",
            "itinerarynumber",
            "reference",
            "ref",
            "orderid",
            "orderno",
            "ordernumber",
            "resno",
            "resnumber",
            "number",
            "no",
            "id",
            "订单号",
            "订单编号",
            "预订号",
            "预定号",
            "预订单号",
            "确认号",
            "单号",
            "入住单号",
            "numéroderéservation",
            "numerodereserva",
            "buchungsnummer",
            "idreserva",
            "numeroprenotazione",
            "numéroréservation",
            "nréservation",
            "nºréservation",
            "nreserva",
            "nºreserva",
            "númerodereserva",
            "códigodereserva",
            "localizador",
            "reservierungsnummer",
            "reservierungsnr",
            "buchungsnr",
            "codiceprenotazione",
        ],
    ),
    (
        "status",
        &[
            "status",
            "bookingstatus",
            "reservationstatus",
            "state",
            "resstatus",
            "orderstatus",
            "订单状态",
            "状态",
            "预订状态",
            "入住状态",
            "statut",
            "situação",
            "situacao",
            "estado",
            "stato",
        ],
    ),
    (
        "arrival",
        &[
            "checkin",
            "checkindate",
            "arrival",
            "arrivaldate",
            "arrivaltime",
            "startdate",
            "datefrom",
            "from",
            "in",
            "arrive",
            "start",
            "stayfrom",
            "入住",
            "入住日期",
            "入住时间",
            "到店日期",
            "抵店日期",
            "来店日期",
            "到达日期",
            "到店时间",
            "抵店时间",
            "arrivée",
            "arrivee",
            "datearrivée",
            "datedarrivée",
            "entrada",
            "fechadeentrada",
            "anreise",
            "anreisedatum",
            "arrivo",
            "datainizio",
            "dateofarrival",
            "llegada",
            "fechadellegada",
            "fechaentrada",
            "datadeentrada",
            "dataarrivo",
        ],
    ),
    (
        "departure",
        &[
            "checkout",
            "checkoutdate",
            "departure",
            "departuredate",
            "enddate",
            "dateto",
            "to",
            "out",
            "depart",
            "end",
            "stayto",
            "离店",
            "离店日期",
            "离店时间",
            "退房日期",
            "退房时间",
            "离开日期",
            "départ",
            "depart",
            "datedépart",
            "datededépart",
            "saída",
            "saida",
            "salida",
            "fechadesalida",
            "abreise",
            "abreisedatum",
            "partenza",
            "datafine",
            "dateofdeparture",
            "fechasalida",
            "datadesaída",
            "datapartenza",
        ],
    ),
    (
        "nights",
        &[
            "nights",
            "nofnights",
            "noofnights",
            "numberofnights",
            "ofnights",
            "lengthofstay",
            "los",
            "durationnights",
            "duration",
            "roomnights",
            "间夜",
            "间夜数",
            "晚数",
            "夜数",
            "天数",
            "nuits",
            "noites",
            "noches",
            "nächte",
        ],
    ),
    (
        "booked_at",
        &[
            "bookedon",
            "bookingdate",
            "booked",
            "created",
            "createdat",
            "creationdate",
            "reservationdate",
            "datebooked",
            "bookdate",
            "insertdate",
            "预订日期",
            "预订时间",
            "下单时间",
            "下单日期",
            "创建时间",
            "datederéservation",
            "buchungsdatum",
        ],
    ),
    (
        "adults",
        &[
            "adults",
            "ofadults",
            "noofadults",
            "numberofadults",
            "adult",
            "成人",
            "成人数",
            "adultes",
            "adultos",
            "erwachsene",
            "people",
            "persons",
            "pax",
            "guests",
            "ofguests",
            "noofguests",
            "numberofguests",
            "人数",
            "入住人数",
            "客人数",
        ],
    ),
    (
        "children",
        &[
            "children",
            "ofchildren",
            "noofchildren",
            "numberofchildren",
            "child",
            "kids",
            "儿童",
            "儿童数",
            "enfants",
            "crianças",
            "niños",
            "kinder",
        ],
    ),
    ("babies", &["infants", "ofinfants", "babies", "婴儿"]),
    (
        "total",
        &[
            "total",
            "totalprice",
            "totalamount",
            "price",
            "grandtotal",
            "amount",
            "bookingamount",
            "totalcharge",
            "totalcost",
            "earnings",
            "roomtotal",
            "totalrevenue",
            "roomrevenue",
            "totalroomrevenue",
            "总价",
            "总金额",
            "订单金额",
            "金额",
            "房费合计",
            "总房费",
            "房费总额",
            "应收金额",
            "结算金额",
            "结算价",
            "montant",
            "prix",
            "prixtotal",
            "montanttotal",
            "montantttc",
            "valortotal",
            "valor",
            "gesamtpreis",
            "preis",
            "importetotal",
            "prezzo",
            "prezzototale",
            "preciototal",
            "precio",
            "importe",
            "gesamtbetrag",
            "betrag",
        ],
    ),
    (
        "rate",
        &[
            "rate",
            "nightlyrate",
            "roomrate",
            "adr",
            "rateamount",
            "averagerate",
            "avgnightlyrate",
            "dailyrate",
            "pricepernight",
            "房价",
            "单价",
            "日均价",
            "每晚房价",
            "均价",
            "tarif",
            "diária",
            "diaria",
            "prixparnuit",
            "preispronacht",
            "preciopornoche",
        ],
    ),
    (
        "currency",
        &[
            "currency",
            "currencycode",
            "币种",
            "货币",
            "devise",
            "moeda",
            "währung",
            "divisa",
            "moneda",
            "valuta",
        ],
    ),
    (
        "rooms",
        &[
            "rooms",
            "ofrooms",
            "noofrooms",
            "numberofrooms",
            "roomcount",
            "间数",
            "房间数",
            "房数",
            "预订间数",
        ],
    ),
    (
        "room_type_booked",
        &[
            "roomtype",
            "roomtypename",
            "unittype",
            "roomcategory",
            "accommodation",
            "accommodationtype",
            "roomname",
            "listing",
            "房型",
            "房型名称",
            "房间类型",
            "typedechambre",
            "chambre",
            "tipodequarto",
            "tipohabitación",
            "tipodehabitación",
            "tipocamera",
            "kategorie",
            "zimmerkategorie",
            "zimmertyp",
            "spacecategory",
            "type",
            // What may as well be the room itself: its values tell.
            "room",
            "unit",
            "space",
            "房间",
            "quarto",
            "zimmer",
            "camera",
            "habitación",
        ],
    ),
    (
        "room",
        &[
            "room",
            "roomnumber",
            "roomno",
            "roomnum",
            "assignedroom",
            "unit",
            "space",
            "房号",
            "房间号",
            "房间",
            "quarto",
            "chambre",
            "zimmer",
            "zimmernummer",
            "zimmernr",
            "numérodechambre",
            "nchambre",
            "camera",
            "habitación",
        ],
    ),
    ("rate_plan", &["rateplan", "ratecode", "rateplanname", "价格计划", "价格代码"]),
    (
        "channel",
        &[
            "channel",
            "source",
            "bookingsource",
            "sourcename",
            "origin",
            "渠道",
            "来源",
            "预订渠道",
            "客源",
            "订单来源",
            "canal",
        ],
    ),
    ("company", &["company", "companyname", "单位", "协议单位", "公司"]),
    (
        "nationality",
        &[
            "nationality",
            "country",
            "guestcountry",
            "bookercountry",
            "countrycode",
            "国籍",
            "国家",
            "pays",
            "país",
            "nationalité",
        ],
    ),
    (
        "full_name",
        &[
            "guestname",
            "guest",
            "guestnames",
            "name",
            "fullname",
            "bookername",
            "bookedby",
            "customer",
            "customername",
            "client",
            "travellername",
            "客人姓名",
            "姓名",
            "住客姓名",
            "入住人",
            "入住人姓名",
            "客人",
            "宾客姓名",
            "住客",
            "nom",
            "nome",
            "hóspede",
            "hospede",
            "huésped",
            "gast",
            "gastname",
            "ospite",
        ],
    ),
    (
        "surname",
        &[
            "lastname",
            "surname",
            "familyname",
            "guestlastname",
            "guestlast",
            "姓",
            "nomdefamille",
            "apellidos",
            "sobrenome",
            "nachname",
            "cognome",
        ],
    ),
    (
        "given",
        &[
            "firstname",
            "givenname",
            "guestfirstname",
            "guestfirst",
            "名",
            "prénom",
            "prenom",
            "nombre",
            "vorname",
        ],
    ),
    (
        "phone",
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "contact",
            "cellphone",
            "guestphone",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
            "联系方式",
            "téléphone",
            "telefone",
            "teléfono",
            "telefon",
            "telefono",
        ],
    ),
    ("email", &["email", "emailaddress", "mail", "guestemail", "邮箱", "电子邮箱", "courriel"]),
    (
        "birth",
        &[
            "birth",
            "birthdate",
            "dateofbirth",
            "dob",
            "birthday",
            "出生日期",
            "生日",
            "datedenaissance",
            "nascimento",
            "geburtsdatum",
        ],
    ),
    ("sex", &["sex", "gender", "性别"]),
    ("document_type", &["documenttype", "idtype", "证件类型"]),
    (
        "document_number",
        &[
            "documentnumber",
            "passport",
            "passportnumber",
            "idnumber",
            "idno",
            "证件号",
            "证件号码",
            "身份证",
            "身份证号",
            "护照号",
        ],
    ),
    ("city", &["city", "town", "城市", "ville", "cidade", "ciudad"]),
    ("address", &["address", "street", "地址", "adresse"]),
    ("id", &["guestid", "profileid", "customerid", "clientid", "客户编号", "客史号"]),
    (
        "property",
        &[
            "hotel",
            "property",
            "propertyname",
            "hotelname",
            "hotelid",
            "propertyid",
            "酒店",
            "酒店名称",
            "门店",
        ],
    ),
    (
        "date",
        &[
            "date",
            "postingdate",
            "paymentdate",
            "transactiondate",
            "businessdate",
            "日期",
            "营业日期",
            "付款日期",
            "交易时间",
        ],
    ),
    ("points", &["points", "积分"]),
    (
        "code",
        &[
            "paymentmethod",
            "method",
            "transactioncode",
            "chargecode",
            "trxcode",
            "付款方式",
            "支付方式",
            "费用代码",
        ],
    ),
    ("text", &["description", "item", "memo", "remark", "摘要", "项目", "费用项目"]),
];

/// Words of payments.
const PAID: &[&str] = &["paymentmethod", "method", "paymentdate", "付款方式", "支付方式", "付款日期"];

/// A guessed map.
#[derive(Debug, Clone)]
pub struct Guess {
    /// The map, with comments.
    pub text: String,
    /// The fields that should be looked at, and why.
    pub uncertain: Vec<(String, Doubt)>,
}

/// What whoever imports says about the property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Code of the property.
    pub property: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Currency.
    pub currency: Option<String>,
}

fn letters(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_date(text: &str) -> bool {
    let style = DateStyle { order: Some(value::Order::DayFirst), ..DateStyle::default() };
    let other = DateStyle { order: Some(value::Order::MonthFirst), ..DateStyle::default() };
    value::date(text, &style).is_ok() || value::date(text, &other).is_ok()
}

/// Letters beside a room's number at most: `Room 101`, `1203室`.
const ROOM_LETTERS: usize = 5;

/// Whether a text is the number of a room, and not the name or code of its type.
fn is_room_number(text: &str) -> bool {
    text.contains(char::is_numeric) && text.chars().filter(|c| c.is_alphabetic()).count() <= ROOM_LETTERS
}

/// Whether a header may be that of a field.
fn may_be(field: &str, key: &str) -> bool {
    HEADERS.iter().any(|(known, words)| *known == field && words.contains(&key))
}

/// What stands between arrival and departure in one cell.
const BETWEEN: &[&str] = &[" – ", " — ", " - ", "–", "—", " to ", "~", "至", "→"];

/// The column that says arrival and departure in one cell, and what stands between them.
fn period(columns: &[Column]) -> Option<(usize, &'static str)> {
    columns.iter().enumerate().find_map(|(at, column)| {
        let is_split = |text: &str, sign: &str| {
            text.split_once(sign).is_some_and(|(from, to)| is_date(from.trim()) && is_date(to.trim()))
        };
        let sign = BETWEEN.iter().find(|sign| {
            !column.texts.iter().any(|text| is_date(text))
                && column.share(|text| is_split(text, sign)).is_some_and(|share| share >= 60)
        });
        sign.map(|sign| (at, *sign))
    })
}

/// A column of the sample.
struct Column {
    name: String,
    key: String,
    texts: Vec<String>,
}

impl Column {
    /// Which share of its texts passes, in percent; none if it has none.
    fn share(&self, passes: impl Fn(&str) -> bool) -> Option<usize> {
        let good = self.texts.iter().filter(|text| passes(text)).count();
        (!self.texts.is_empty()).then(|| good * 100 / self.texts.len())
    }

    /// Whether its values may be those of a field.
    fn fits(&self, field: &str) -> bool {
        let share = match field {
            "arrival" | "departure" | "booked_at" | "date" => self.share(is_date),
            "nights" | "adults" | "children" | "babies" | "rooms" => {
                self.share(|text| value::count(text).is_some())
            }
            "total" | "rate" | "points" => self.share(|text| {
                !matches!(money::mark(text), money::Mark::Nothing) || money::amount(text, None).is_ok()
            }),
            "email" => self.share(|text| text.contains('@')),
            "currency" => self.share(|text| money::sign(text).is_some()),
            // A column of nothing is what its header says first: the room.
            "room_type_booked" if may_be("room", &self.key) => {
                Some(self.share(|text| !is_room_number(text)).unwrap_or(0))
            }
            _ => None,
        };
        share.is_none_or(|share| share >= 60)
    }
}

/// Guesses a map for a file.
///
/// # Errors
/// The file cannot be read.
pub fn guess(path: &Path, hints: &Hints) -> Result<Guess, SourceError> {
    guess_named(path, path, hints)
}

/// The same for a file that lies under another name than it is `called`.
///
/// # Errors
/// As [`guess`].
pub fn guess_named(path: &Path, called: &Path, hints: &Hints) -> Result<Guess, SourceError> {
    let mut best: Option<(usize, u32, Vec<Column>)> = None;
    for skip in 0..=MOST_SKIPPED {
        let bare = format!(
            "name = \"bare\"\nkind = \"guests\"\n[format]\nskip_rows = {skip}\n[property]\nvalue = \"X\"\n[person]\nfull_name = {{ value = \"x\" }}"
        );
        let Ok(map) = Map::parse(&bare) else { break };
        let columns = match open(path, &map) {
            Ok(rows) => columns_of(rows.take(SAMPLE).filter_map(Result::ok)),
            Err(SourceError::NoHeader) if best.is_some() => break,
            Err(error) => return Err(error),
        };
        let known = columns
            .iter()
            .filter(|column| HEADERS.iter().any(|(_, words)| words.contains(&column.key.as_str())))
            .count();
        if best.as_ref().is_none_or(|(most, ..)| known > *most) {
            best = Some((known, skip, columns));
        }
        if best.as_ref().is_some_and(|(most, ..)| *most >= 4) {
            break;
        }
    }
    let (_, skip, columns) = best.unwrap_or_default();
    Ok(write(called, skip, &columns, hints))
}

fn columns_of(rows: impl Iterator<Item = Raw>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for raw in rows {
        for (at, (name, text)) in raw.fields().enumerate() {
            if columns.len() <= at {
                columns.push(Column { name: name.to_owned(), key: letters(name), texts: Vec::new() });
            }
            if !text.trim().is_empty() && columns[at].name == name {
                columns[at].texts.push(text.trim().to_owned());
            }
        }
    }
    columns
}

/// The column of each field: by the order of the words, so that the likelier header wins, and each column once.
fn assign(columns: &[Column]) -> Vec<(&'static str, usize)> {
    let mut assigned: Vec<(&'static str, usize)> = Vec::new();
    let is_free = |assigned: &[(&str, usize)], at: usize| assigned.iter().all(|(_, known)| *known != at);
    for (field, words) in HEADERS {
        let found = words.iter().find_map(|word| {
            let at = columns.iter().position(|column| column.key == *word)?;
            (is_free(&assigned, at) && columns[at].fits(field)).then_some(at)
        });
        assigned.extend(found.map(|at| (*field, at)));
    }
    assigned
}

/// A basic string of TOML on one line, which may be a key as well as a value.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn write(path: &Path, skip: u32, columns: &[Column], hints: &Hints) -> Guess {
    let assigned = assign(columns);
    let column =
        |field: &str| assigned.iter().find(|(known, _)| *known == field).map(|(_, at)| &columns[*at]);
    let has = |field: &str| column(field).is_some();
    let has_price = has("total") || has("rate");
    let is_paid = columns.iter().any(|column| PAID.contains(&column.key.as_str()));
    let period = if has("arrival") || has("departure") { None } else { period(columns) };
    let has_dates = has("arrival") && (has("departure") || has("nights")) || period.is_some();
    let has_person = has("full_name") || has("surname");
    let kind = if has_dates {
        FileKind::Bookings
    } else if has("points") && has("date") {
        FileKind::Points
    } else if has("date") && has_price {
        if is_paid { FileKind::Payments } else { FileKind::Bills }
    } else if has_person {
        FileKind::Guests
    } else if has("room") && has("room_type_booked") {
        FileKind::Rooms
    } else if has("room_type_booked") && has_price {
        FileKind::Rates
    } else {
        FileKind::Bookings
    };
    let mut uncertain: Vec<(String, Doubt)> = Vec::new();
    let mut text = String::new();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = letters(&stem).chars().filter(char::is_ascii_alphanumeric).take(30).collect();
    let name = if name.is_empty() { "guessed".to_owned() } else { name };
    let is_chinese =
        columns.iter().any(|column| column.name.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c)));
    let kind_name = match kind {
        FileKind::Bookings => "bookings",
        FileKind::Guests => "guests",
        FileKind::Bills => "bills",
        FileKind::Payments => "payments",
        FileKind::Points => "points",
        FileKind::Rooms => "rooms",
        FileKind::Rates => "rates",
    };
    let _ =
        writeln!(text, "# Guessed from the headers and values of the file. Look at what says \"uncertain\".");
    let _ = writeln!(
        text,
        "# The name is that of the source: bookings of a later file with the same name are the same bookings."
    );
    let _ = writeln!(text, "name = {}", quoted(&name));
    let _ = writeln!(text, "kind = {}", quoted(kind_name));
    if skip > 0 {
        let _ = writeln!(text, "\n[format]\nskip_rows = {skip}");
    }
    let _ = writeln!(text, "\n[property]");
    match (column("property"), &hints.property) {
        (_, Some(code)) => {
            let _ = writeln!(text, "value = {}", quoted(code));
        }
        (Some(column), None) => {
            let _ = writeln!(text, "column = {}", quoted(&column.name));
        }
        (None, None) => {
            uncertain.push(("property".into(), Doubt::PropertyUnnamed));
            let _ = writeln!(text, "value = \"HOTEL\"  # uncertain: the code of the property");
        }
    }
    match &hints.time_zone {
        Some(zone) => {
            let _ = writeln!(text, "time_zone = {}", quoted(zone));
        }
        None if is_chinese => {
            let _ = writeln!(text, "time_zone = \"Asia/Shanghai\"  # uncertain: the headers are Chinese");
            uncertain.push(("time_zone".into(), Doubt::ZoneByHeaders));
        }
        None => {
            uncertain.push(("time_zone".into(), Doubt::ZoneUnsaid));
            let _ =
                writeln!(text, "# time_zone = \"Europe/Paris\"  # uncertain: phones and dates belong to it");
        }
    }
    let _ = writeln!(text, "\n[fields]");
    let mut of = |field: &str, column: &Column, rest: &str| {
        let _ = writeln!(text, "{field} = {{ column = {}{rest} }}", quoted(&column.name));
    };
    for (field, at) in &assigned {
        let column = &columns[*at];
        let is_wanted = match kind {
            FileKind::Bookings => !matches!(*field, "date" | "points" | "code" | "text"),
            FileKind::Bills | FileKind::Payments | FileKind::Points => {
                matches!(*field, "source_key" | "date" | "points" | "code" | "text" | "currency" | "room")
            }
            FileKind::Rooms => matches!(*field, "room" | "room_type_booked"),
            FileKind::Rates => matches!(*field, "room_type_booked" | "rate_plan" | "date" | "currency"),
            FileKind::Guests => *field == "nationality",
        };
        if !is_wanted {
            continue;
        }
        match *field {
            "property" | "nights" | "full_name" | "surname" | "given" | "phone" | "email" | "birth"
            | "sex" | "document_type" | "document_number" | "city" | "address" | "id" | "status"
            | "total" | "rate" => {}
            "adults" => of(field, column, ", default = 1"),
            "children" | "babies" => of(field, column, ", default = 0"),
            "rooms" => of(field, column, ", default = 1"),
            field => of(field, column, ""),
        }
    }
    let mut tail = String::new();
    match kind {
        FileKind::Bookings => {
            if let Some((at, sign)) = period {
                let (name, sign) = (quoted(&columns[at].name), quoted(sign));
                for (field, part) in [("arrival", 1), ("departure", 2)] {
                    let _ = writeln!(text, "{field} = {{ column = {name}, split = {sign}, part = {part} }}");
                }
            }
            tail = bookings(&mut text, &mut uncertain, &column);
            if !has("currency") {
                let price = column("total").or_else(|| column("rate"));
                let says = price.is_some_and(|price| {
                    price.texts.iter().all(|text| {
                        money::amount(text, Some(money::PLAIN))
                            .or_else(|_| money::amount(text, None))
                            .is_ok_and(|amount| amount.currency != money::Sign::None)
                    })
                });
                currency(&mut text, &mut uncertain, hints, is_chinese, says);
            }
        }
        FileKind::Bills | FileKind::Payments | FileKind::Rates => {
            if let Some(price) = column("total").or_else(|| column("rate")) {
                let _ = writeln!(text, "amount = {{ column = {} }}", quoted(&price.name));
            }
            if !has("currency") {
                currency(&mut text, &mut uncertain, hints, is_chinese, false);
            }
        }
        _ => {}
    }
    if matches!(kind, FileKind::Bills | FileKind::Payments | FileKind::Points) {
        let booking = columns.iter().find(|column| {
            column.key.contains("booking")
                || column.key.contains("reservation")
                || column.key.contains("confirmation")
                || column.key.contains('订')
        });
        if let Some(booking) = booking {
            let _ = writeln!(
                text,
                "booking = {{ column = {} }}  # the booking that it belongs to",
                quoted(&booking.name)
            );
        }
    }
    text.push_str(&tail);
    let person = [
        "id",
        "full_name",
        "surname",
        "given",
        "sex",
        "birth",
        "phone",
        "email",
        "document_type",
        "document_number",
        "city",
        "address",
    ];
    if person.iter().any(|field| has(field)) {
        let _ = writeln!(text, "\n[person]");
        for field in person {
            let Some(column) = column(field) else { continue };
            let is_sexed = || {
                column.share(|text| {
                    <&'static str>::CODES
                        .iter()
                        .chain(<&'static str>::WORDS)
                        .any(|(word, _)| *word == fold(text))
                })
            };
            if field == "sex" && is_sexed().is_some_and(|share| share < 100) {
                continue;
            }
            // Beside a given name, what is called a name is the family's.
            let field = match field {
                "full_name" if has("given") && !has("surname") => "surname",
                field => field,
            };
            let _ = writeln!(text, "{field} = {{ column = {} }}", quoted(&column.name));
        }
    }
    let left: Vec<&str> = columns
        .iter()
        .enumerate()
        .filter(|(at, _)| assigned.iter().all(|(_, known)| known != at))
        .filter(|(at, _)| period.is_none_or(|(known, _)| known != *at))
        .map(|(_, column)| column.name.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    if !left.is_empty() {
        let _ = writeln!(
            text,
            "\n# Columns that are kept with the records and not read: {}",
            left.join(", ").replace(char::is_control, " ")
        );
    }
    Guess { text, uncertain }
}

fn currency(
    text: &mut String,
    uncertain: &mut Vec<(String, Doubt)>,
    hints: &Hints,
    is_chinese: bool,
    is_in_cells: bool,
) {
    if let Some(code) = &hints.currency {
        let _ = writeln!(text, "currency = {{ value = {} }}", quoted(code));
    } else if is_in_cells {
        let _ = writeln!(text, "# The currency stands in the cells of the price.");
    } else if is_chinese {
        let _ = writeln!(text, "currency = {{ value = \"CNY\" }}  # uncertain: the headers are Chinese");
        uncertain.push(("currency".into(), Doubt::CurrencyByHeaders));
    } else {
        let _ = writeln!(text, "# currency = {{ value = \"EUR\" }}  # uncertain: the file does not say it");
        uncertain.push(("currency".into(), Doubt::CurrencyUnsaid));
    }
}

/// What bookings need beside columns by their headers.
/// Answers what stands in a table of its own behind them.
fn bookings<'c>(
    text: &mut String,
    uncertain: &mut Vec<(String, Doubt)>,
    column: &impl Fn(&str) -> Option<&'c Column>,
) -> String {
    let mut tail = String::new();
    match column("status") {
        Some(status) => {
            let known: Words<StatusRule> = Words::of(
                StatusRule::WORDS
                    .iter()
                    .chain(StatusRule::CODES)
                    .map(|(word, code)| ((*word).to_owned(), *code))
                    .collect(),
            )
            .unwrap_or_default();
            // A map has a word once, whatever its case.
            let mut words = status.texts.clone();
            words.sort_by_cached_key(|word| fold(word));
            words.dedup_by_key(|word| fold(word));
            let unknown = words.iter().filter(|word| known.get(word).is_none()).count();
            if unknown == 0 {
                let _ = writeln!(text, "status = {{ column = {} }}", quoted(&status.name));
            } else {
                let _ = writeln!(tail, "\n[fields.status]\ncolumn = {}\n", quoted(&status.name));
                let _ = writeln!(
                    tail,
                    "# reserved, in_house, checked_out, cancelled, no_show, or by_dates: what the dates say"
                );
                let _ = writeln!(tail, "[fields.status.values]");
                for word in words.into_iter().filter(|word| !word.ends_with('*')).take(40) {
                    let code = known.get(&word).copied();
                    let code = StatusRule::CODES
                        .iter()
                        .find(|(_, known)| Some(*known) == code)
                        .map_or("by_dates", |(name, _)| *name);
                    let mark = if known.get(&word).is_none() { "  # uncertain" } else { "" };
                    let _ = writeln!(tail, "{} = {}{mark}", quoted(&word), quoted(code));
                }
                uncertain.push(("status".into(), Doubt::UnknownStates(unknown)));
            }
        }
        None => {
            let _ = writeln!(
                text,
                "status = {{ value = \"by_dates\" }}  # uncertain: no column says it, so the dates do"
            );
            uncertain.push(("status".into(), Doubt::StateByDates));
        }
    }
    if column("arrival").is_some()
        && column("departure").is_none()
        && let Some(nights) = column("nights")
    {
        let _ = writeln!(text, "departure = {{ arrival_plus_nights = [{}] }}", quoted(&nights.name));
    }
    if column("adults").is_none() {
        let _ = writeln!(text, "adults = {{ value = 1 }}  # uncertain: no column says it");
        uncertain.push(("adults".into(), Doubt::Unsaid));
    }
    if column("room_type_booked").is_none() {
        let _ = writeln!(text, "room_type_booked = {{ value = \"ROOM\" }}  # uncertain: no column says it");
        uncertain.push(("room_type_booked".into(), Doubt::Unsaid));
    }
    match (column("total"), column("rate")) {
        (Some(total), _) => {
            let is_open = [
                "price", "amount", "金额", "montant", "prix", "valor", "preis", "prezzo", "precio",
                "importe", "betrag",
            ]
            .contains(&total.key.as_str());
            let mark =
                if is_open { "  # uncertain: of the whole stay, or is it the rate of a night?" } else { "" };
            let _ = writeln!(text, "total = {{ column = {} }}{mark}", quoted(&total.name));
            if is_open {
                uncertain.push(("total".into(), Doubt::PriceOfWhat(total.name.clone())));
            }
        }
        (None, Some(rate)) => {
            let _ = writeln!(text, "rate = {{ column = {} }}", quoted(&rate.name));
        }
        (None, None) => {
            let _ = writeln!(text, "rate = {{ value = 0 }}  # uncertain: no column says a price");
            uncertain.push(("rate".into(), Doubt::NoPrice));
        }
    }
    tail
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::source::{Source, Status};

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn hints() -> Hints {
        Hints {
            property: Some("H".into()),
            time_zone: Some("Asia/Shanghai".into()),
            currency: Some("CNY".into()),
        }
    }

    #[test]
    fn chinese_headers_are_understood() {
        let file = file(
            "酒店报表\n导出\n订单号,订单状态,入住日期,离店日期,房型,间数,客人姓名,手机号,订单金额\nA1,已离店,2026/1/1,2026/1/3,豪华大床房,1,张三丰,13812345678,600\n",
        );
        let guess = guess(file.path(), &Hints { property: Some("H".into()), ..Hints::default() }).unwrap();
        let map = Map::parse(&guess.text).unwrap();
        let source = Source::open(file.path(), &map).unwrap();
        let record = source.map().record(&source.rows().unwrap().next().unwrap().unwrap()).unwrap();
        assert_eq!(
            (record.source_key.as_deref(), record.total_minor, record.currency.as_str()),
            (Some("A1"), Some(600_00), "CNY")
        );
        assert_eq!((record.room_type_booked.as_str(), record.people[0].phones.len()), ("豪华大床房", 1));
        assert!(guess.uncertain.iter().any(|(field, _)| field == "currency"), "{:?}", guess.uncertain);
    }

    #[test]
    fn english_headers_are_understood_and_unknown_words_are_marked() {
        let file = file(
            "Confirmation #,Res. Status,Status,Check-in,Nights,Guest name,Email,Price\n7,x,Gone home,01/02/2026,2,Test One,a@b.com,\"1,200.50\"\n8,x,cancelled,25/02/2026,2,Test Two,,90\n",
        );
        let guess = guess(file.path(), &hints()).unwrap();
        assert!(guess.text.contains("\"Gone home\" = \"by_dates\"  # uncertain"), "{}", guess.text);
        let map = Map::parse(&guess.text).unwrap();
        let source = Source::open(file.path(), &map).unwrap();
        let records: Vec<_> =
            source.rows().unwrap().map(|raw| source.map().record(&raw.unwrap()).unwrap()).collect();
        assert_eq!(
            (records[0].arrival.to_string(), records[0].departure.to_string()),
            ("2026-02-01".into(), "2026-02-03".into())
        );
        assert_eq!(records[0].total_minor, Some(1_200_50));
    }

    #[test]
    fn european_headers_are_understood() {
        for (text, name, price) in [
            (
                "N° réservation;Nom;Prénom;Arrivée;Départ;Chambre;Type de chambre;Montant total;Devise;Statut\nR1;Lefèvre;Hélène;03/10/2026;06/10/2026;12;Double;1.234,56;EUR;Parti\n",
                ("Lefèvre", "Hélène"),
                1_234_56,
            ),
            (
                "Buchungsnr.;Nachname;Vorname;Anreise;Abreise;Zimmer;Kategorie;Gesamtbetrag;Währung;Status\nR1;Groß;Anna;03.10.2026;06.10.2026;12;Double;178,50;EUR;Abgereist\n",
                ("Groß", "Anna"),
                178_50,
            ),
        ] {
            let file = file(text);
            let guess = guess(file.path(), &hints()).unwrap();
            let map = Map::parse(&guess.text).unwrap();
            let source = Source::open(file.path(), &map).unwrap();
            let record = source.map().record(&source.rows().unwrap().next().unwrap().unwrap()).unwrap();
            assert_eq!(
                (record.source_key.as_deref(), record.total_minor, record.room_type_booked.as_str()),
                (Some("R1"), Some(price), "Double"),
                "{}",
                guess.text
            );
            assert_eq!((record.status, &record.rooms[..]), (Status::CheckedOut, &["12".to_owned()][..]));
            let person = &record.people[0];
            assert_eq!((person.surname.as_deref(), person.given.as_deref()), (Some(name.0), Some(name.1)));
        }
    }

    /// A column called `Room`, alone and beside others, by what stands in it.
    #[test]
    fn a_room_is_told_from_its_type_by_its_values() {
        let read = |head: &str, cells: &str| {
            let file = file(&format!(
                "Ref,Guest,Check-in,Check-out,{head}\n1,Test One,2026-10-03,2026-10-06,{cells}\n"
            ));
            let guess = guess(file.path(), &hints()).unwrap();
            let map = Map::parse(&guess.text).unwrap();
            let source = Source::open(file.path(), &map).unwrap();
            let record = source.map().record(&source.rows().unwrap().next().unwrap().unwrap()).unwrap();
            (record.room_type_booked, record.rooms.first().cloned())
        };
        for (head, cells, kind, room) in [
            ("Room", "Deluxe Twin", "Deluxe Twin", None),
            ("Room", "Standard", "Standard", None),
            ("Room", "DBL", "DBL", None),
            ("房间", "豪华大床房", "豪华大床房", None),
            ("Zimmer", "Doppelzimmer", "Doppelzimmer", None),
            ("Chambre", "Double", "Double", None),
            ("Room", "101", "ROOM", Some("101")),
            ("Room", "A-12", "ROOM", Some("A-12")),
            ("Room", "Room 101", "ROOM", Some("Room 101")),
            ("房间", "1203室", "ROOM", Some("1203室")),
            ("Chambre", "12", "ROOM", Some("12")),
            ("Room", "", "ROOM", None),
            // Beside a type it is the room, whatever it is called.
            ("Room,Room type", "Lavender,Double", "Double", Some("Lavender")),
            ("Room,Type", "101,Double", "Double", Some("101")),
            ("Room,Room number", "Deluxe Twin,101", "Deluxe Twin", Some("101")),
        ] {
            let told = read(head, cells);
            assert_eq!((told.0.as_str(), told.1.as_deref()), (kind, room), "{head}: {cells}");
        }
    }

    #[test]
    fn a_stay_in_one_cell_is_taken_apart() {
        let file = file("Ref,Guest,Stay,Room type,Price\n1,Test One,3 Oct 2026 – 6 Oct 2026,Double,450.00\n");
        let guess = guess(file.path(), &hints()).unwrap();
        let map = Map::parse(&guess.text).unwrap();
        let source = Source::open(file.path(), &map).unwrap();
        let record = source.map().record(&source.rows().unwrap().next().unwrap().unwrap()).unwrap();
        assert_eq!(
            (record.arrival.to_string(), record.departure.to_string()),
            ("2026-10-03".into(), "2026-10-06".into()),
            "{}",
            guess.text
        );
        assert_eq!(record.total_minor, Some(450_00));
    }

    #[test]
    fn other_kinds_of_files_are_told_apart() {
        for (head, kind) in [
            ("Guest name,Email,Phone\nTest,a@b.com,1", FileKind::Guests),
            ("Date,Booking number,Amount,Payment method\n2026-01-01,1,5.50,cash", FileKind::Payments),
            ("Date,Booking number,Amount,Description\n2026-01-01,1,5.50,Bar", FileKind::Bills),
            ("Room number,Room type\n101,DBL", FileKind::Rooms),
        ] {
            let file = file(head);
            let guess = guess(file.path(), &hints()).unwrap();
            assert_eq!(
                Map::parse(&guess.text).map_err(|error| format!("{error}: {}", guess.text)).unwrap().kind(),
                kind,
                "{head}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_table_gives_a_map_that_can_be_read(
            head in prop::collection::vec(prop::sample::select(vec!["Status", "Check-in", "离店日期", "Price", "a\"b", "", "Name", "Rooms", "x\\y"]), 1..8),
            cells in prop::collection::vec("[a-z0-9/.€\"' ]{0,8}", 1..8),
        ) {
            let quote = |texts: &[String]| texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
            let file = file(&format!("{}\n{}\n", quote(&head), quote(&cells)));
            if let Ok(guess) = guess(file.path(), &hints()) {
                let read = Map::parse(&guess.text);
                // A table without dates or names has nothing to import, and its map says what is missing.
                let is_whole = read.as_ref().is_ok() || read.as_ref().is_err_and(|error| error.to_string().contains("missing field"));
                prop_assert!(is_whole, "{:?}\n{}", read.err().map(|error| error.to_string()), guess.text);
            }
        }
    }
}
