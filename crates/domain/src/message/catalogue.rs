//! All texts, Chinese and English side by side. A message without one of the two, or a text that leaves out an
//! argument, does not compile.

use chrono::NaiveDate;
use hefu_kernel::{Currency, Money};

use super::{Balances, Codes, Costs, Language, Say, TimeOfDay};
use crate::import_file::ImportFileState;
use crate::member::Tier;
use crate::note::NoteState;
use crate::programme::VoucherState;
use crate::state::{CodeKind, DepositState, PreAuthState, ReservationState, RoomState, StayState};
use crate::task::TaskState;
use crate::upkeep::MaintenanceState;

/// Declares an enum of messages: name, arguments, Chinese, English.
macro_rules! messages {
    (
        $(#[$meta:meta])* $enum:ident;
        $($name:ident $({ $($arg:ident: $type:ty),+ })? => $zh:literal, $en:literal;)+
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $enum {
            $(
                #[doc = $en]
                $name $({ $(
                    #[doc = concat!("`", stringify!($arg), "` in the text.")]
                    $arg: $type
                ),+ })?
            ),+
        }

        impl $enum {
            /// The message in a language: complete sentences, with what to do next.
            pub fn text(&self, language: Language) -> String {
                match self {
                    $(Self::$name $({ $($arg),+ })? => match language {
                        Language::Chinese => {
                            $($(let $arg = $arg.say(language);)+)?
                            format!($zh)
                        }
                        Language::English => {
                            $($(let $arg = $arg.say(language);)+)?
                            format!($en)
                        }
                    }),+
                }
            }

            /// Each message once, with sample arguments.
            #[cfg(test)]
            pub(super) fn samples() -> Vec<Self> {
                vec![$(Self::$name $({ $($arg: Say::sample()),+ })?),+]
            }
        }
    };
}
pub(super) use messages;

/// Declares an enum of whole texts or names: variant, Chinese, English.
macro_rules! texts {
    ($(#[$meta:meta])* $enum:ident { $($name:ident => $zh:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $enum {
            $(#[doc = $en] $name),+
        }

        impl $enum {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }

        impl Say for $enum {
            fn say(&self, language: Language) -> String {
                let (zh, en) = match self { $(Self::$name => ($zh, $en)),+ };
                match language {
                    Language::Chinese => zh.to_owned(),
                    Language::English => en.to_owned(),
                }
            }

            #[cfg(test)]
            fn sample() -> Self {
                Self::ALL[0]
            }
        }
    };
}
pub(super) use texts;

texts! {
    /// A record that does not exist.
    Missing {
        Property => "没有这家酒店；请核对酒店代码。", "There is no such property; check its code.";
        Room => "本酒店没有这个房号；请从酒店的房间列表中选择。", "The property has no such room; choose one from its list of rooms.";
        RoomType => "本酒店没有这个房型；请从酒店的房型列表中选择。", "The property has no such room type; choose one from its list of room types.";
        RatePlan => "本酒店没有这个房价；请从酒店的房价列表中选择。", "The property has no such rate plan; choose one from its list of rate plans.";
        Season => "本酒店没有这个季节；请核对代码，或先建立该季节。", "The property has no such season; check its code, or create it first.";
        Price => "该房价没有从这一天起的价格；请核对房型和日期。", "The plan has no price of this room type from this date on; check both.";
        CancellationPolicy => "本酒店没有这个退改政策；请核对代码，或先建立该政策。", "The property has no such cancellation policy; check its code, or create it first.";
        TransactionCode => "本酒店没有这个入账代码；请从酒店的入账代码列表中选择。", "The property has no such transaction code; choose one from its list of codes.";
        ChargeGroup => "本酒店没有属于这个组的入账代码；请核对组名。", "No transaction code of the property belongs to this group; check the group's name.";
        CityAccount => "本酒店没有这个应收账户；请核对账户代码，或先建立该账户。", "The property has no such city-ledger account; check its code, or create it first.";
        Group => "没有这个团队；请核对团队代码，或先建立该团队。", "There is no such group; check its code, or create it first.";
        Block => "该团队在本酒店没有锁房；请核对团队代码，或先锁房。", "The group has no block of rooms in this property; check its code, or make a block first.";
        Company => "没有这个协议单位；请核对代码，或先建立该单位。", "There is no such company; check its code, or create it first.";
        Account => "没有这个账号；请从账号列表中选择。", "There is no such account; choose one from the list of accounts.";
        Session => "没有这个登录会话，或已退出；请从会话列表中选择。", "There is no such session, or it has ended; choose one from the list of sessions.";
        Provider => "没有这个统一登录入口；请从登录页选择。", "There is no such provider of identities; choose one on the sign-in page.";
        Passkey => "没有这把通行密钥；请从列表中选择。", "There is no such passkey; choose one from the list.";
        Grant => "没有这项授权，或已结束；请从授权列表中选择。", "There is no such grant, or it has ended; choose one from the list of grants.";
        Alarm => "没有这条告警；请从告警列表中选择。", "There is no such alarm; choose one from the list of alarms.";
        Canary => "这位客人没有设为诱饵；请从列表中选择。", "This guest is not marked as a canary; choose one from the list.";
        Role => "没有这个角色；请从角色列表中选择。", "There is no such role; choose one from the list of roles.";
        ApiClient => "没有这个接口客户端；请从列表中选择。", "There is no such API client; choose one from the list.";
        Visit => "没有这个确认号；请核对号码，或按客人姓名、电话查找。", "No visit has this number; check it, or search by the guest's name or phone.";
        Line => "预订中没有这一间房；房间从 1 起编号，请核对 line。", "The reservation has no such room; rooms are numbered from 1, so check the line.";
        StayInHouse => "该房间没有这位在住客人；请核对 stay，或不填。", "No such stay is in house in this room; check the stay, or leave it out.";
        GuestOfStay => "该房间没有登记这位客人；请核对客人编号。", "This guest is not in the stay; check the guest's id.";
        Guest => "没有这位客人，或其客史已并入他人；请重新查找。", "There is no such guest, or the record was merged into another; search again.";
        Flag => "这位客人没有这个标记；请核对标记。", "The guest has no such flag; check which it is.";
        Note => "这次入住没有这条记录；请从备注列表中选择。", "Nothing of the kind was written down about the visit; choose from its list of notes.";
        Task => "这间房今天没有清洁任务；请先安排当天任务。", "There is no work for this room today; plan the day's work first.";
        FoundItem => "没有这件拾获物品；请从失物列表中选择。", "There is no such thing; choose one from the list of things that were found.";
        Finding => "没有这条差异；请从差异列表中选择。", "There is no such finding; choose one from the list of findings.";
        Fault => "没有这项维修；请从维修列表中选择。", "There is no such fault; choose one from the list of faults.";
        WakeUp => "这次入住没有这个叫醒；请从叫醒列表中选择。", "The visit has no such wake-up call; choose one from the list of calls.";
        RoomKey => "这次入住没有这张房卡；请从房卡列表中选择。", "The visit has no such key; choose one from its list of keys.";
        Merge => "没有这次合并；请从客人的核对记录中选择。", "There is no such merge; choose one from the guest's identity history.";
        Membership => "该客人还不是会员；请先办理入会。", "The guest is not a member; enrol the guest first.";
        MembershipOfBooker => "预订人还不是会员；请先办理入会。", "The booker is not a member; enrol the booker first.";
        Member => "没有这个会员号；请核对号码。", "There is no such member number; check it.";
        Voucher => "该会员没有这张房券；请从房券列表中选择。", "The member has no such voucher; choose one from the list of vouchers.";
        FreeNight => "这次入住没有这个免费房晚；请核对房间和日期。", "The visit has no such free night; check the room and the night.";
        Posting => "账单上没有这笔账；请从客账中选择。", "The bill has no such line; choose one from the folio.";
        Window => "账单没有这个窗口；请从客账中选择。", "The bill has no such window; choose one from the folio.";
        DepositEntry => "没有这笔定金收支；请从预订的定金记录中选择。", "The visit has no such movement of a deposit; choose one from its deposit ledger.";
        Instalment => "没有这一期定金；请核对期数。", "There is no such instalment of the deposit; check its number.";
        PreAuth => "没有这笔预授权；请从客账中选择。", "The visit has no such pre-authorisation; choose one from the folio.";
        Shift => "没有这个收银班次；请核对班次号。", "There is no such cashier shift; check its number.";
        CityPayment => "该应收账户没有这笔收款；请从账户明细中选择。", "The account has no such payment; choose one from its movements.";
        OpenItem => "该应收账户没有这笔未结的挂账；请从账户明细中选择。", "The account has no such transfer that is open; choose one from its movements.";
        Allocation => "该应收账户没有这笔核销；请从核销记录中选择。", "The account has no such allocation; choose one from its list.";
        Invoice => "本酒店没有这张发票；请核对系列和号码。", "The property has no such invoice; check its series and number.";
        InvoiceLine => "发票没有这一行；请核对行号。", "The invoice has no such line; check its number.";
        ExchangeRate => "本酒店没有这种货币的汇率；请先设定。", "The property has no rate for this currency; set one first.";
        Channel => "本酒店没有这个渠道；请核对代码，或先建立该渠道。", "The property has no such channel; check its code, or create it first.";
        ChannelCalendar => "该渠道没有这个日历；请核对代码，或先建立该日历。", "The channel has no such calendar; check its code, or create it first.";
        ChannelFeed => "该渠道没有接口读取设置；请先设置。", "The channel is not asked; set up how first.";
        ChannelMessage => "没有这条渠道消息；请从渠道待处理列表中选择。", "There is no such message of a channel; choose one from the list of messages that wait.";
        Job => "没有这项后台任务；请核对编号。", "There is no such job; check the id.";
        NightAudit => "该营业日没有夜审记录；请核对日期。", "There was no night audit for this date; check the date.";
        Day => "该营业日没有账目；请填当前营业日或已夜审的日期。", "There are no ledgers of this date; give the business date or one that was closed.";
        JournalEntry => "没有这条操作记录；请核对序号。", "There is no such journal entry; check its number.";
        Tile => "账本中没有这个分块；请按账本大小计算地址。", "The ledger has no such tile; compute its address from the size of the ledger.";
        Checkpoint => "账本还没有这个检查点；请稍后再试。", "The ledger has no such checkpoint yet; try again later.";
        ImportRun => "没有这次导入；请核对编号。", "There is no such import run; check its id.";
        ImportFile => "没有这个待导入的文件；请从文件列表中选择。", "There is no such file to import; choose one from the list of files.";
        ImportMap => "没有这个内置映射；请从映射列表中选择。", "There is no such built-in map; choose one from the list of maps.";
        QuarantinedRow => "这次导入没有隔离这一行；请从隔离列表中选择。", "The import has no such row in quarantine; choose one from its list.";
        InPath => "地址中的编号格式不正确；请核对地址，格式见 /docs。", "An id or number in the URL is malformed; see /docs for its format.";
    }
}

texts! {
    /// What a field of a request accepts.
    Expected {
        WholeNumber => "整数", "a whole number";
        NotNegative => "不小于 0 的整数", "a whole number, 0 or more";
        Number => "数字", "a number";
        Boolean => "true 或 false", "true or false";
        Text => "文本，用引号括起", "text, in quotes";
        List => "列表，用方括号括起", "a list, in square brackets";
        Object => "由字段组成的对象，用花括号括起", "an object with fields, in curly brackets";
        Date => "存在的日期，写作 2026-10-03", "a valid date, written as 2026-10-03";
        Moment => "时刻，写作 2026-10-03T08:00:00Z", "a timestamp, written as 2026-10-03T08:00:00Z";
        Id => "编号（UUID），照系统给出的原样填写", "an id (UUID), exactly as Hefu returned it";
        Currency => "货币代码，三个大写字母（ISO 4217），如 CNY", "a currency code of three capital letters (ISO 4217), such as CNY";
        Other => "接口说明（/docs）中规定的内容", "a value as described in /docs";
    }
}

messages! {
    /// A message about a request or a record.
    Message;

    // The form of a request.
    Expected { what: Expected } => "此处应填{what}；请改正后重发。", "Expected here: {what}; correct it and send the request again.";
    MissingField => "缺少此必填字段；请补上。", "This field is required; add it.";
    MissingParameter => "地址中缺少此必填参数；请补上。", "This parameter of the URL is required; add it.";
    UnknownField { known: Codes } => "没有这个字段；此处可用的字段：{known}。请改正或删去。", "There is no such field; the fields here are: {known}. Correct the name or leave it out.";
    NoFields => "此处不接受任何字段；请删去。", "No fields are accepted here; remove it.";
    RepeatedField => "同一字段出现了两次；请只保留一个。", "A field is given twice; keep one of them.";
    OneOf { known: Codes } => "请填以下之一：{known}。", "Give one of: {known}.";
    NoJson { line: usize, column: usize } => "正文不是有效的 JSON：问题在第 {line} 行第 {column} 个字节附近。请检查引号、逗号和括号。", "The body is not valid JSON: look near byte {column} of line {line}. Check quotes, commas and brackets.";
    JsonEndsEarly => "JSON 正文不完整；请检查是否缺少引号或括号，并完整发送。", "The JSON body ends too early; check for a missing quote or bracket, and send all of it.";
    IfMatchForm => "请原样填写该记录的 ETag，或填 *。", "Give the record's ETag exactly as it was returned, or *.";
    ReasonForm { most: i64 } => "原因最多 {most} 个字符，用 UTF-8 并做百分号编码；请缩短或重新编码。", "A reason is limited to {most} characters, in UTF-8 and percent-encoded; shorten it or encode it again.";
    KeyForm { most: i64 } => "幂等键为 1 至 {most} 个 ASCII 字符；请换一个，例如 UUID。", "An idempotency key must have 1 to {most} ASCII characters; use another, such as a UUID.";
    BodyTooLarge { most: usize } => "请求正文最多 {most} 字节；请分成几次发送，大量资料请用命令行导入。", "A request body is limited to {most} bytes; send it in parts, and import large files from the command line.";
    BodyUnread => "未能收到完整的请求正文；请用同一幂等键重发。", "The request body did not arrive completely; send it again with the same idempotency key.";
    NeedsJson => "正文须为 JSON；请将 Content-Type 设为 application/json。", "The body must be JSON; set Content-Type to application/json.";
    TimedOut => "处理未在时限内完成，但可能仍会生效；请用同一幂等键重试。", "The request was not finished in time but may still take effect; send it again with the same idempotency key.";
    ForeignOrigin => "启用账户之前，只接受本机页面和程序的请求；请在运行合符的电脑上操作。", "Until accounts exist, only pages and programs on this machine are accepted; work on the machine that runs Hefu.";
    NoSuchPath => "没有这个地址；可用地址见 /docs。", "No such path; see /docs for the available paths.";
    NoSuchMethod => "该地址不支持此方法；可用方法见 /docs。", "The path does not support this method; see /docs for the methods it supports.";
    Internal => "服务器内部出错，已记入日志；请重试，仍不成功请联系管理员。", "An internal error occurred and was logged; try again, and contact the administrator if it persists.";
    NotSignedIn => "请先登录。", "Sign in first.";
    SignInRefused => "账号、密码或验证码不正确；请核对后重试。", "The login, the password or the code is wrong; check them and try again.";
    TooManyAttempts { seconds: i64 } => "尝试次数过多；请在 {seconds} 秒后再试。", "Too many attempts; try again in {seconds} seconds.";
    SecondFactorNeeded => "请先通过第二重验证：提交动态码或出示通行密钥，如尚未绑定请先绑定。", "Show the second factor first: send a code or show a passkey, and enrol one before that if there is none yet.";
    MustEnrol => "您的角色须启用第二重验证；请先绑定动态码或通行密钥。", "Your role needs a second factor; enrol one first.";
    UnmaskingsSpent { most: i64 } => "今天解除脱敏的次数（{most} 次）已用完；请明天再试，或由有额度的同事办理。", "Today's {most} unmaskings are used up; try again tomorrow, or ask a colleague who has some left.";
    EmergencyMinutes { most: i64 } => "应急授权为 1 至 {most} 分钟；请改正。", "An emergency role lasts 1 to {most} minutes; give such a number.";
    EmergencyRole => "应急时不能取得授权或审计的角色；请选择其他角色。", "Roles that grant or audit are not taken in an emergency; choose another.";
    NamesAtOnce { most: usize } => "一次最多查 {most} 个名字；请分几次查。", "At most {most} names are told at once; ask in parts.";
    CanariesFull { most: i64 } => "最多可设 {most} 位诱饵客人；请先取消其他的。", "There are at most {most} canaries; unmark another first.";
    PasswordClasses => "密码须含大写字母、小写字母、数字、符号中的至少三类；请换一个。", "A password needs at least three of capital letters, small letters, digits and signs; choose another.";
    MustChangePassword => "密码由他人设置，或已到期；请先修改密码。", "The password was set by somebody else, or is too old; change it first.";
    LoginForm { most: usize } => "账号由 1 至 {most} 个小写英文字母、数字或 . _ - @ + 组成；请换一个。", "A login has 1 to {most} small English letters, digits or any of . _ - @ +; choose another.";
    LoginTaken => "该账号已存在；请换一个。", "This login is taken; choose another.";
    PasswordLength { from: usize, to: usize } => "密码须为 {from} 至 {to} 个字符；请换一个。", "A password has {from} to {to} characters; choose another.";
    PasswordCommon => "这是最常见的密码之一；请换一个。", "This is one of the commonest passwords; choose another.";
    PasswordLeaked => "这个密码已在别处泄露过；请换一个。", "This password is known from leaks; choose another.";
    PasswordWeak => "密码太容易被猜到；请加长，或用几个不相关的词。", "The password is too easy to guess; make it longer, or use several unrelated words.";
    PasswordWrong => "当前密码不正确；请重新输入。", "The present password is wrong; enter it again.";
    CodeWrong => "动态码不正确或已用过；请输入下一个动态码。", "The code is wrong or was used before; enter the next one.";
    PasskeyNeedsName => "通行密钥只能在以域名访问时使用；请改用域名（如 localhost）打开本系统。", "Passkeys work under a name and not under an address; open Hefu by its name (localhost is one).";
    PasskeyUnread => "浏览器返回的通行密钥无法验证，或等待过久；请重新操作。", "What the browser answered proves no passkey, or came too late; start again.";
    PasskeyKnown => "这把通行密钥已经登记过；请换用其他设备或安全密钥。", "This passkey is known already; use another device or key.";
    PasskeysFull { most: usize } => "每个账号最多 {most} 把通行密钥；请先删除不用的。", "An account has at most {most} passkeys; remove one first.";
    RolesClash => "授权者不得兼任审计；请将这两类角色授予不同的账号。", "Whoever grants does not audit; give these roles to different accounts.";
    GrantUntilPast => "截止时间须晚于现在；请改正，或不填。", "The end must be later than now; correct it, or leave it out.";
    ExpiryTooLate { most: i64 } => "有效期为 1 至 {most} 天；请改正，或不填。", "A key is valid for 1 to {most} days; give such a number, or leave it out.";
    OwnAccount => "不能对自己的账号执行此操作；请由另一位管理员办理。", "Nobody does this to their own account; ask another administrator.";
    NeedsFactor => "此操作需要已绑定的动态码；请先绑定。", "This needs an enrolled second factor; enrol one first.";
    SetupDone => "初始账号已经建立；请登录。", "The first account exists already; sign in.";
    Forbidden => "您没有这项操作的权限；如确需办理，请联系管理员。", "You do not have permission for this; ask an administrator if you need it.";
    Cursor => "请原样传回上一页的 next；从头开始则不传 cursor。", "Pass the `next` value of the previous page unchanged, or no cursor to start from the beginning.";

    // Files that are imported.
    ImportFileHas { state: ImportFileState } => "该文件{state}，不能再这样做；请刷新后核对。", "The file {state}, and this cannot be done any more; look at it again.";
    ImportNeedsMap => "请先确认各列的含义：采用所猜的映射，或选择、修改一个。", "Say first what the columns mean: keep the guessed map, or choose or change one.";
    ImportOneMap => "builtin、map、lines 三者只能给出一个；请去掉其余的。", "Give one of builtin, map and lines only; leave the others out.";
    ImportFileGone => "文件已不在这台服务器上；请重新上传。", "The file is not on this server any more; send it again.";
    ImportNotHere => "这台服务器没有接收文件的目录；请用命令行导入。", "This server has no directory for files; import from the command line.";
    ImportRowDecided => "这一行已修正或已放弃，无需再处理。", "The row was mended or left out already; there is nothing more to do.";
    ImportRunning => "该文件正在导入；请等它结束后再处理隔离的行。", "The file is being imported; wait for it to end before you mend its rows.";
    ImportNoSuchColumn => "这一行没有这一列；请只填列表中给出的列。", "The row has no such column; give only columns that the list shows.";
    FileNameForm { most: usize } => "请在 Hefu-File-Name 中给出文件名，最多 {most} 个字符，用 UTF-8 并做百分号编码。", "Give the file's name in Hefu-File-Name: at most {most} characters, in UTF-8 and percent-encoded.";
    FileEmpty => "文件是空的；请选择有内容的文件。", "The file is empty; choose one with something in it.";
    FileTooLarge { most_mib: i64 } => "文件最大 {most_mib} MiB；请分成几份，或用命令行导入。", "A file is limited to {most_mib} MiB; send it in parts, or import it from the command line.";
    NeedsOctets => "正文须为文件内容；请将 Content-Type 设为 application/octet-stream。", "The body must be the file itself; set Content-Type to application/octet-stream.";
    FileMapInvalid => "映射不完整或有误；请按提示补全后再预览。", "The map is incomplete or wrong; complete it as said below and look again.";
    FileUnknownFormat => "无法识别文件格式；请用 CSV、XLSX、XLS、JSON 或 ZIP，若工作簿打不开请重新另存。", "The format of the file is not known; send CSV, XLSX, XLS, JSON or ZIP, and save a damaged workbook again.";
    FileNoHeader => "文件没有列名所在的行；请补上首行列名。", "The file has no row with the names of the columns; add one.";
    FileEncoding => "列名不是所声明的编码；请在映射中改正 format.encoding。", "The header is not in the declared encoding; correct format.encoding in the map.";
    FileMissingColumns => "文件缺少映射所需的列；请改正列名，或换一个映射。", "The file lacks columns of the map; correct their names, or choose another map.";
    FileAmbiguousColumn => "文件中有一列出现了不止一次，而映射要用它；请改名后重新上传。", "A column of the map stands in the file more than once; rename one and send the file again.";
    FileUnreadable => "文件读不下去，可能已损坏；请重新导出。", "The file cannot be read to the end, and may be damaged; export it again.";
    FileNoSheet => "工作簿中没有映射所指的工作表；请改正 format.sheet。", "The workbook has no sheet of that name; correct format.sheet in the map.";
    FilePartTooLarge => "文件或其中一部分超过可读的大小；请存为 CSV，或分成几份。", "The file, or a part of it, is larger than is read; export it as CSV, or in parts.";
    FileAmbiguousDecimal => "有一列金额可有两种读法；请在映射中用 decimal 设定小数点或小数逗号。", "A column of amounts can be read in two ways; set decimal in the map to a point or a comma.";
    FileBadArchive => "压缩包里没有可读的文件；请放入列相同的 CSV 或 JSON。", "The archive holds no file that can be read; put CSV or JSON files with the same columns into it.";

    // Any value.
    Length { from: usize, to: usize } => "请填 {from} 至 {to} 个字符。", "Give {from} to {to} characters.";
    AtMostCharacters { most: usize } => "最多 {most} 个字符；请缩短。", "At most {most} characters are allowed; shorten it.";
    ItemCount { from: usize, to: usize } => "请给出 {from} 至 {to} 项。", "Give {from} to {to} items.";
    Between { from: i64, to: i64 } => "请填 {from} 至 {to} 之间的整数。", "Give a whole number from {from} to {to}.";
    BasisPoints { from: i64, to: i64 } => "请以万分之一为单位填 {from} 至 {to} 之间的整数，例如 600 表示百分之六。", "Give a whole number of basis points from {from} to {to}; 600 is six per cent.";
    AmountBetween { from: Money, to: Money } => "金额须在 {from} 至 {to} 之间；请以最小货币单位（如分）的整数填写。", "The amount must be between {from} and {to}; give it as a whole number of minor units, such as cents.";
    CodeForm { most: usize } => "代码为 1 至 {most} 个字符，只含字母、数字和 - _ .；请换一个。", "A code consists of 1 to {most} letters, digits or the characters - _ . only; choose another.";
    CardNumber => "此处不接受银行卡号；请填刷卡终端给出的令牌或凭证号。", "Card numbers are not accepted; give the terminal's token or the receipt number.";
    NoNul => "文本中不能有 NUL 字符；请删去后重发。", "Text must not contain the NUL character; remove it and send the request again.";
    YearsOfDates => "日期须在公元 1 年至 9999 年之间；请改正。", "Dates must be in the years 1 to 9999; correct the date.";
    OutOfRange => "有数值超出允许范围；请核对后重填。", "A value is out of range; check and correct it.";
    CodeTaken => "该代码或编号已被使用；请换一个。", "The code or number is already in use; choose another.";

    // Guests.
    GuestNeedsName => "请填写客人姓名：填 full_name，或填 surname 和 given_name。", "A guest needs a name; give full_name, or surname and given_name.";
    NameForm { most: usize } => "请填姓名，最多 {most} 个字符。", "Give a name of at most {most} characters.";
    SourceNameReserved => "这个系统名由合符自用；请填写外部系统自己的名称。", "This name is reserved for Hefu; give the other system's own name.";
    SourceOnEdit => "这里修改的是本店自己的客史，不能带 source；请删去。", "This edits the property's own record; leave source out.";
    SourceTaken => "这条外部记录已属于另一位客人；请核对编号，或先合并两份客史。", "This external record already belongs to another guest; check its id, or merge the two guests first.";
    DocumentKind { known: Codes } => "请填证件类型：{known}；不确定时可不填，由号码判断。", "Give a document type: {known}; leave it out to have it detected from the number.";
    DocumentEmpty => "证件号码为空；请填写，或删去这份证件。", "The document number is empty; fill it in, or leave the document out.";
    DocumentLength => "证件号码的位数与证件类型不符；请对照证件核对。", "The document number has the wrong length for its type; compare it with the document.";
    DocumentCharacter => "证件号码中有该类证件不会出现的字符；请对照证件核对。", "The document number contains a character that its type does not allow there; compare it with the document.";
    DocumentPrefix => "证件号码的开头与证件类型不符；请核对号码和类型。", "The document number does not begin as its type requires; check number and type.";
    DocumentProvince => "证件号码的前两位不是任何省份的代码；请对照证件核对。", "The document number does not begin with a valid province code; compare it with the document.";
    DocumentBirth => "证件号码中的出生日期不存在；请对照证件核对。", "The document number contains an invalid birth date; compare it with the document.";
    DocumentCheckDigit => "证件号码的校验位不符，有一位输错了；请对照证件核对。", "The check digit of the document number does not match, so something was mistyped; compare it with the document.";
    PhoneEmpty => "电话号码为空；请填写，或删去这一项。", "The phone number is empty; fill it in, or leave it out.";
    PhoneCharacter => "电话号码只能含数字和分隔符；请删去其他字符。", "A phone number may contain only digits and separators; remove other characters.";
    PhoneRegion => "无法判断电话所属地区；请以 + 和国家区号开头填写。", "The region of the phone number cannot be determined; begin with + and the country code.";
    PhonePlaceholder => "这是占位用的电话号码；请填真实号码，或删去这一项。", "This phone number is a placeholder; give the real one, or leave it out.";
    PhoneInvalid => "该国家或地区没有这样的电话号码；请核对，境外号码以 + 和国家区号开头。", "No such phone number exists in its country or region; check it, and begin foreign numbers with + and the country code.";
    EmailEmpty => "电子邮箱为空；请填写，或删去这一项。", "The e-mail address is empty; fill it in, or leave it out.";
    EmailAt => "电子邮箱须有且只有一个 @；请改正。", "An e-mail address must have exactly one @; correct it.";
    EmailLocal => "电子邮箱 @ 之前的部分不正确；请核对。", "The part of the e-mail address before the @ is not valid; check it.";
    EmailDomain => "电子邮箱 @ 之后不是有效的域名；请核对。", "The part of the e-mail address after the @ is not a valid domain name; check it.";
    NeedsReason => "请说明原因：填写 reason，或发送 Hefu-Reason 请求头。", "Give a reason: fill in reason, or send the Hefu-Reason header.";
    ReferenceForm => "凭证号只能用字母、数字、空格和 - _ . : / # *，且至少有一个数字；请填单据上的号码。", "A receipt number may contain only letters, digits, spaces and - _ . : / # *, with at least one digit; give the number on the receipt.";
    KeyWithoutSpaces => "只能用字母、数字和符号，不能有空格；请改用编号，例如投诉单号。", "Only letters, digits and symbols are allowed, no spaces; give a number, such as that of the complaint.";
    RevealNeedsReason => "请说明为何要显示客人资料：填写 reason，或发送 Hefu-Reason 请求头。", "Give a reason for showing the guest's data: fill in reason, or send the Hefu-Reason header.";
    SameGuest => "两份资料已属于同一位客人，无需合并。", "The two are already one guest; there is nothing to merge.";
    SameGuestDecided => "两份资料已合并为同一位客人；如需分开，请撤销合并。", "The two are already one guest; to separate them, undo the merge.";
    JobNotDead => "这项任务没有被放弃；只有已放弃的任务才能重新执行。", "The job was not abandoned; only abandoned jobs can be run again.";
    JobWaiting => "同样的工作已作为另一项任务在等待，无需重新执行。", "The same work is already waiting as another job; there is no need to run it again.";
    MergeUndone => "这次合并已撤销过，无需再撤销。", "The merge has already been undone; there is nothing left to undo.";
    IdentityRunEnded => "身份核对已由另一次运行接手或结束；请重新开始。", "Another run of the identity comparison took over or ended this one; start it again.";
    ModelUnusable => "身份核对的模型无法使用，原因已记入日志；请检查模型，或改用自带模型。", "The matching model cannot be used, for the reason in the log; check the model, or use the built-in one.";

    // Numbers, versions, keys.
    Mistyped => "号码有误，校验位不符；请对照原件重新输入。", "The number is mistyped: its check digit does not match; compare it with the original and type it again.";
    Ambiguous { properties: Codes } => "该号码在多家酒店都有记录（{properties}）；请用 property 指明酒店。", "The number belongs to visits of several properties ({properties}); specify one with property.";
    AmbiguousVisits { visits: Codes } => "本酒店有几个订单使用该号码（{visits}）；请改用其中一个订单自己的编号。", "Several visits of the property have this number ({visits}); use a number of their own.";
    Stale { now: i64 } => "记录已被他人修改，当前版本为 {now}；请重新读取，核对后再改。", "The record has been changed in the meantime and is now at version {now}; read it again, compare, and send the change again.";
    KeyReused => "该幂等键已用于另一个请求；请为新的请求换一个键。", "The idempotency key was used for another request; use a new key for a new request.";
    NotFound { what: Missing } => "{what}", "{what}";

    // Storage.
    Conflict => "同时有其他人在修改，本次未做任何更改；请重试。", "Somebody changed it at the same time and nothing was done; try again.";
    TooManyStreams => "同时打开的实时更新页面过多；请关闭不用的页面后再试。", "Too many pages follow changes at once; close some that are not used, and try again.";
    Overloaded => "同时的请求太多，本次未做任何更改；请稍候用同一幂等键重试。", "More is asked at once than can be answered, and nothing was changed; try again in a moment with the same idempotency key.";
    BodyTooSlow => "请求内容没有及时收到，本次未做任何更改；请检查网络后重试。", "The body of the request did not come in time, and nothing was changed; check the connection and send it again.";
    StorageFull => "存储空间已满或不可写，本次未做任何更改；请联系管理员。", "The storage is full or cannot be written, and nothing was changed; tell the administrator.";
    StorageUnreachable => "数据库没有响应；请稍后用同一幂等键重试。", "The database does not answer; try again soon with the same idempotency key.";
    Erased => "这些资料已按客人的要求删除，无法恢复。", "The data was erased as the guest asked and cannot be brought back.";
    StorageFailed => "存储出错，详情已记入日志；请重试，仍不成功请联系管理员。", "The storage failed and the log says how; try again, and tell the administrator if it persists.";

    // Rooms and housekeeping.
    PeriodOrder => "起始日期晚于结束日期；请改正。", "The period begins after it ends; correct its dates.";
    PeriodLength { most: i64 } => "期间须为 1 至 {most} 天；请改正起止日期。", "The period must be 1 to {most} days; correct its dates.";
    OutOfOrderNeedsPeriod => "维修房须有起止日期；请改用 out-of-order 操作，并填 from 和 until。", "A room is out of order for a period; use the out-of-order action with from and until.";
    RoomOutOfOrder => "该房是维修房；请先用 back-in-order 恢复，再改房态。", "The room is out of order; put it back in order first (back-in-order).";
    BeforeBusinessDate { date: NaiveDate } => "日期不能早于营业日 {date}；请改为当日或以后。", "The date is before the business date {date}; choose that day or a later one.";
    TaskIs { state: TaskState } => "这项清洁目前是“{state}”，不能进行这一步；请核对。", "The work is {state}, and this step cannot be taken; check which one is meant.";
    FaultIs { state: MaintenanceState } => "这项维修目前是“{state}”；请核对要改成的状态。", "The fault is {state}; check what it is to become.";
    DuringStay { from: NaiveDate, to: NaiveDate } => "日期须在入住期间，即 {from} 至 {to}；请改正。", "The date must be of the stay, from {from} to {to}; choose such a date.";
    AfterBusinessDate { date: NaiveDate } => "日期不能晚于营业日 {date}；请改为当日或以前。", "The date is after the business date {date}; choose that day or an earlier one.";
    ListOfDates { from: NaiveDate, to: NaiveDate } => "这张清单只有 {from} 至 {to} 的；请改正日期。", "This list is kept for the dates from {from} to {to}; choose one of them.";
    RoomLivedIn => "该房有客人在住；请另选房间，或先换房、退房。", "The room is occupied; choose another, or move or check out its guests first.";
    RoomInOrder => "该房在这些日期本来就可用；请核对日期。", "The room is in order on all of these dates; check the dates.";
    RoomNotClean { state: RoomState } => "该房目前是{state}；请另选房间，或发送 accept_dirty 表示接受。", "The room is {state}; choose another, or send accept_dirty to take it as it is.";
    RoomNotLettable { state: RoomState } => "该房目前是{state}，不能入住；请另选房间。", "The room is {state} and cannot be let; choose another.";
    NoLockSystem => "本酒店没有接入门锁系统，不能在此制作房卡；请用门锁厂家的软件制卡，或请管理员在配置文件中接入。", "No lock system is attached to this property, so keys cannot be made here; make them with the lock maker's own program, or ask the administrator to attach it in the configuration file.";
    LockSystemDown => "门锁系统没有响应，稍后会自动重试；急用时请用门锁厂家的软件制卡。", "The lock system does not answer and is tried again by itself; if it cannot wait, make the key with the lock maker's own program.";
    KeyNotLive => "这张房卡已经作废，无需再作废。", "The key opens nothing any more; there is nothing to cancel.";
    RoomHeld => "该房在其中某晚已被占用；请另选房间或日期。", "The room is taken on one of the nights; choose another room or other dates.";
    RoomHeldHours { from: TimeOfDay, until: TimeOfDay } => "该房当天 {from} 至 {until} 已有钟点客人；请改时间或另选房间。", "The room is taken by the hour on that day, from {from} until {until}; choose another time or another room.";
    NoRoomFree => "该房型已没有空房；请指定其他房号，或换房型。", "No room of the type is free; name a room of another type, or change the room type.";
    NoFreeRoomOffers => "该房型的空房都不具备所要求的特点；请指定房号，或更改要求。", "No free room of the type has the features that were asked for; name a room, or ask for others.";
    NoRoomOffers => "该房型没有任何房间具备这些特点；请换房型，或更改要求。", "No room of the type has these features; choose another type, or ask for others.";
    AccessibleIsAField => "无障碍房请填 accessible 字段，不列入 features。", "Say that a room is fit for a wheelchair with the field accessible, not among the features.";
    SoldOut => "其中某晚已无可售房；请换日期或房型，或列入候补。", "One of the nights is sold out; choose other dates or another room type, or put the booking on the waiting list.";
    SoldOutOn { night: NaiveDate } => "{night} 该房型已无可售房；请换日期或房型，或列入候补。", "This room type is sold out for {night}; choose other dates or another room type, or put the booking on the waiting list.";
    Capacity { most: i64 } => "该房最多住 {most} 人；请减少人数，或换更大的房间。", "The room sleeps at most {most}; reduce the number of people, or choose a larger room.";

    // Findings.
    FindingResolved => "这条差异已消除，无须再处理。", "The finding is resolved; nothing is left to decide.";
    NoCorrection => "这条差异没有可自动执行的更正；请人工核对后在相应单据上更正。", "Nothing corrects this finding by itself; look at the records and correct them there.";

    // Channels.
    ChannelMessageSettled => "这条消息已处理，无须再处理。", "The message is settled; nothing is left to do.";
    ChannelMessageOther => "这是另一个预订的消息，或含多个预订；请只更正原消息中的这一个预订。", "The text is about another booking, or about several; mend the one that the message is about.";
    ChannelMessageLength { most: i64 } => "消息不得超过 {most} KiB。", "A message has at most {most} KiB.";
    CalendarUrl => "请填加密（https）的日历地址，地址中不含用户名和密码。", "Give an address of a calendar that begins with https:// and has neither name nor password in it.";
    FeedUrl => "请填接口的基础地址，须加密（https；本机可用 http），不含用户名、密码和查询参数。", "Give the base address of the interface: it begins with https:// (http:// on this machine only) and has neither name, password nor query in it.";
    FeedCredentials => "缺少这项访问凭据；请填写该系统的运营方提供的值。", "This credential is missing; give what the system's operator gave you.";
    FeedHotel => "请填写该系统对本酒店的编号。", "Say what the system calls the property.";
    FeedEvery { from: i64, to: i64 } => "间隔须为 {from} 到 {to} 分钟。", "Give a pause of {from} to {to} minutes.";
    CalendarNeedsText => "请以 iCalendar 格式（text/calendar，UTF-8）发送日历。", "Send the calendar as iCalendar (text/calendar, in UTF-8).";
    CalendarNone => "内容不是日历（VCALENDAR），或不完整；请发送渠道给出的原文件。", "This is no calendar (VCALENDAR), or not a whole one; send the file as the channel gives it.";
    CalendarTooMuch => "日历过大、事件过多或嵌套过深；请分成几个日历发送。", "The calendar is too large, has too many events or is nested too deep; send it as several calendars.";
    CalendarDate { event: usize } => "日历的第 {event} 个事件没有可读的日期；请更正其 DTSTART 与 DTEND。", "Event {event} of the calendar has no date that can be read; correct its DTSTART and DTEND.";
    CalendarOrder { event: usize } => "日历的第 {event} 个事件结束早于开始；请更正其日期。", "Event {event} of the calendar ends before it begins; correct its dates.";
    CalendarRepeats { event: usize } => "日历的第 {event} 个事件按规则重复；请逐个列出每次的日期。", "Event {event} of the calendar repeats by a rule; list each of its dates as an event.";
    ChannelEncoding => "消息不是以其声明的字符编码写成的；请在 XML 首行写明编码，或改用 UTF-8。", "The message is not written in the encoding that it declares; name the encoding in the first line of the XML, or send UTF-8.";
    ChannelNeedsXml => "请以 XML（application/xml）发送，或以 multipart/form-data 的 action、request 两项发送；表单须带 X-AlpineBits-ClientProtocolVersion。", "Send XML (application/xml), or multipart/form-data with action and request; a form needs X-AlpineBits-ClientProtocolVersion.";
    ChannelMessageUnreadable => "这条消息无法读取，不能重放；请更正后再试，或让渠道发送更正后的消息，或作废。", "The message cannot be read; mend it, have the channel send it corrected, or drop it.";
    FindingNeedsPerson => "这类差异须由人核对，不能设为自动更正。", "Findings of this kind need a person; choose one that may be corrected by itself.";
    SameVisit => "两个号码是同一个预订；请填另一条记录的号码。", "Both numbers lead to the same visit; give a number of the other record.";
    SettlementMap => "对账单的列设置不正确；请使用内置名称，或按 docs/reconcile.md 填写一个文件的设置，并写明日期和金额两列。", "The map is neither a name of one that is built in nor a map of one file; see docs/reconcile.md, and name the columns of date and amount.";
    SettlementMapKey { key: Codes } => "列设置中的 {key} 不正确；可用的设置与写法见 docs/reconcile.md。", "{key} in the map is not right; docs/reconcile.md lists the keys and what they take.";
    SettlementMapDate => "列设置没有写明日期列；请补上 date。", "The map names no column of the date; add date.";
    SettlementDecimals { decimals: i64 } => "本酒店的货币有 {decimals} 位小数；请将列设置的 decimals 改为 {decimals}。", "The property's currency has {decimals} decimals; set decimals of the map to {decimals}.";
    SettlementUntil { from: NaiveDate, to: NaiveDate } => "该日期须在 {from} 至 {to} 之间；请按文件的日期改正。", "The day must be between {from} and {to}; correct it by the days of the file.";
    SettlementFile => "文件无法读取；请上传渠道下载的原始文件，并以 Base64 编码。", "The file cannot be read; send it as the channel gives it, in Base64.";
    SettlementEmpty => "文件中没有本酒店币种的收款；请检查文件和列设置。", "The file holds no payment in the property's currency; look at the file and at the map.";
    SettlementBlank => "文件中一行记录也没有；请上传渠道下载的原始文件，并检查列设置。", "The file has no line at all; send it as the channel gives it, and look at the map.";
    SettlementColumns { columns: Codes } => "文件中没有{columns}这一列，或该列出现两次；请核对列设置与文件的表头。", "The file does not have the column {columns}, or has it twice; compare the map with the file's header.";
    SettlementRow { line: i64 } => "第 {line} 行的列数与表头不符、引号未闭合，或编码不对；请检查该行和列设置。", "Line {line} has not as many columns as the header, opens a quote and never closes it, or is in another encoding; check the line and the map.";
    SettlementAmount { line: i64, columns: Codes } => "第 {line} 行{columns}列的金额无法识别，或过大；请检查该行和列设置。", "The amount in line {line}, column {columns}, cannot be read or is too large; look at the line and at the map.";
    SettlementFee { line: i64 } => "第 {line} 行的手续费大于金额；请检查列设置的 fee。", "The fee in line {line} is larger than the amount; look at fee in the map.";
    SettlementDate { line: i64, columns: Codes } => "第 {line} 行{columns}列的日期无法识别；请检查该行和 date_format。", "The date in line {line}, column {columns}, cannot be read; look at the line and at date_format.";
    SettlementId { line: i64, columns: Codes } => "第 {line} 行{columns}列没有流水号，或流水号重复、过长；请检查 id 列。", "Line {line} has no id in column {columns}, or one that is used before or too long; look at the column of the id.";
    SettlementLines { most: i64 } => "文件超过 {most} 行；请按日期拆分后分别上传。", "The file has more than {most} lines; send it in parts, by days.";
    SettlementTooLong { most: i64 } => "文件跨越超过 {most} 天；请按日期拆分后分别上传。", "The file covers more than {most} days; send it in parts, by days.";

    // Reservations.
    ReservationIs { state: ReservationState, needed: Vec<ReservationState> } => "预订目前是“{state}”；此操作只适用于“{needed}”的预订。", "The reservation is {state}; this needs one that is {needed}.";
    NothingHeld { state: ReservationState } => "预订目前是“{state}”，没有占房；请先确认或恢复预订。", "The reservation is {state} and holds no room; confirm or reinstate it first.";
    RoomsLivedIn => "该房间已入住；请改用换房、续住或提前离店。", "The room is lived in; move, extend or leave early instead.";
    LineTwice => "同一间房列了两次；请合并为一项。", "A room of the reservation is given twice; give it once, with all that changes.";
    OnlyRoom => "预订只有这一间房；请改用取消，或直接变更预订。", "The reservation has no other room; change or cancel it instead.";
    BillIsHere => "该房间已入住，账单在本预订；如需分开付款，请用账单窗口。", "Somebody has moved in and the bill is here; to pay apart, use windows of the bill.";
    OtherReservation => "请填本店另一个预订的号码。", "Give the number of another reservation of this property.";
    GuestsArrived => "该房间已有客人入住；请先撤销入住。", "A guest has moved in already; undo the check-in first.";
    ArrivesLater { date: NaiveDate } => "客人 {date} 才到店；到那天才能记为未到店，也可先取消预订。", "The arrival is on {date}; mark the no-show on that day, or cancel the reservation.";
    DepartureOver { date: NaiveDate } => "营业日已是 {date}，离店日期已过；请另订。", "The business date is {date}, and the departure date has passed; make a new booking.";
    LineLivedIn => "该房间已入住；请改用换房。", "The room is already occupied; move the guest instead.";
    BookingState => "新预订的 state 请填 requested、reserved 或 waitlisted。", "A new booking must be requested, reserved or waitlisted; give one of these.";
    OutsideNumber { system: usize, number: usize } => "外部号码须有系统名（1 至 {system} 个字符，不能用合符自己的名称）和号码（1 至 {number} 个字符）；请改正。", "An external number needs a system of 1 to {system} characters (not Hefu's own name) and a number of 1 to {number}; correct it.";
    OutsideNumberTaken => "该外部号码已属于另一条入住记录；请核对，只在本店内唯一的号码请加 per_property。", "The external number already belongs to another visit; check it, and add per_property if it is unique only within the property.";
    AfterHorizon { last: NaiveDate } => "目前最晚可订 {last} 到店；请核对日期。", "Arrivals can be booked until {last} now; check the date.";
    DepartureBeforeArrival => "离店日期早于到店日期；请改正。", "The departure is before the arrival; correct the dates.";
    TooManyNights { most: i64 } => "一次最多住 {most} 晚；请核对日期，或分开预订。", "A stay has at most {most} nights; check the dates, or book in parts.";
    PlanSellsNights => "该房价按晚销售；离店日期须晚于到店日期，或改用钟点房价。", "This rate plan sells nights; choose a departure after the arrival, or a part-day plan.";
    PlanSellsHours => "该房价是钟点房价；离店日期须与到店日期相同，过夜请另订。", "This rate plan is for part-day stays; the departure must be the arrival date, and nights are booked separately.";
    Heads => "至少一位成人，儿童人数不少于 0；请改正。", "A room needs at least one adult, and the number of children cannot be negative; correct the numbers.";
    PriceCount { nights: usize, from: Money, to: Money } => "请按晚给出 {nights} 个房价，每个在 {from} 至 {to} 之间，以最小货币单位（如分）填写。", "Give one price per night, {nights} in all, each between {from} and {to}, in minor units such as cents.";
    NoPrice => "该房价在其中某晚没有此房型的价格；请换房价，或用 prices 给出价格。", "The plan has no price for this room type on one of the nights; choose another plan, or give prices.";
    StopSell { night: NaiveDate } => "{night} 停止销售；请换日期、房型、房价或渠道，有权限者可发送 override_restrictions 并说明原因。", "The night of {night} is not sold; choose other dates, another room type, rate plan or channel, or override with the right to and a reason.";
    ClosedToArrival { date: NaiveDate } => "{date} 不接受到店；请换到店日期，有权限者可发送 override_restrictions 并说明原因。", "Nobody can arrive on {date}; choose another arrival, or override with the right to and a reason.";
    ClosedToDeparture { date: NaiveDate } => "{date} 不接受离店；请换离店日期，有权限者可发送 override_restrictions 并说明原因。", "Nobody can depart on {date}; choose another departure, or override with the right to and a reason.";
    MinimumStay { date: NaiveDate, least: i64 } => "{date} 到店须至少连住 {least} 晚；请延长或改期，有权限者可发送 override_restrictions 并说明原因。", "An arrival on {date} must stay at least {least} nights; stay longer, choose other dates, or override with the right to and a reason.";
    MaximumStay { date: NaiveDate, most: i64 } => "{date} 到店最多连住 {most} 晚；请缩短或改期，有权限者可发送 override_restrictions 并说明原因。", "An arrival on {date} can stay at most {most} nights; stay shorter, choose other dates, or override with the right to and a reason.";
    CancelFree => "可随时免费取消。", "Cancelling is free at any time.";
    CancelFreeUntil { hours: i64 } => "可入住时间前 {hours} 小时之前取消免费。", "Cancelling is free until {hours} hours before check-in opens.";
    CancelWithin { hours: i64, costs: Costs } => "可入住时间前 {hours} 小时内取消，{costs}。", "Cancelling within {hours} hours before check-in opens costs {costs}.";
    NotComing { costs: Costs } => "未到店，{costs}。", "Not coming costs {costs}.";
    ChildAges { most: i64 } => "请为每位儿童填一个 0 至 {most} 岁之间的年龄，或都不填。", "Give one age from 0 to {most} for each child, or none at all.";
    ExtraBeds { most: i64 } => "加床数须在 0 至 {most} 之间，且少于入住人数；请改正。", "Extra beds must be 0 to {most}, and fewer than the people in the room; correct the number.";
    GivenForNothing => "免费房和自用房不收房费；请删去 prices。", "A complimentary or house-use room costs nothing; leave prices out.";

    GuestBlacklisted => "客人在黑名单上；确需接待请发送 accept_blacklisted 并说明原因。", "The guest is on the blacklist; to accept the guest all the same, send accept_blacklisted with a reason.";

    // Notes.
    NoteWithDate => "备注没有日期；需要办理的事请用请求、留言或跟进。", "What is only written down has no date; for what is to be done use a request, message or trace.";
    NoteIs { state: NoteState } => "这条记录目前是“{state}”，不能这样操作；请核对。", "It is {state}, and this cannot be done with it; check which one is meant.";
    TooManyNotes { most: usize } => "一次入住最多 {most} 条记录；请先删除不需要的。", "At most {most} things can be written down about a visit; remove what is not needed.";

    // Stays.
    NobodyInRoom => "这间房目前无人在住；请核对 line，或先办理入住。", "Nobody is in house in this room of the reservation; check the line, or check in first.";
    NobodyInHouse => "目前无人在住；请核对确认号，或先办理入住。", "Nobody of the visit is in house; check its number, or check in first.";
    NobodyLeft => "本营业日没有客人从这间房退房；请核对 line，隔日的退房不能撤销。", "Nobody checked out of this room on this business date; check the line, as earlier check-outs cannot be undone.";
    LineTaken => "这间房已办过入住；请核对 line。", "This room of the reservation has already been checked in; check the line.";
    NotDueIn { arrival: NaiveDate, departure: NaiveDate, today: NaiveDate } => "这间房订的是 {arrival} 至 {departure}，营业日为 {today}，今天不能入住；请先改订日期。", "The room is booked from {arrival} to {departure}, and the business date is {today}; change the dates first.";
    TooEarly { opens: TimeOfDay, date: NaiveDate } => "入住从 {date} {opens} 开始；如需提早，请发送 accept_early。", "Check-in opens at {opens} on {date}; send accept_early to check in earlier.";
    OnePrimary => "一间房只有一位主客；其余请填 accompanying。", "Only one guest can be primary; give the others the role accompanying.";
    CheckedInEarlier => "入住是更早的营业日办的，不能撤销；请办理退房。", "The check-in belongs to an earlier business date and cannot be undone; check out instead.";
    SharerLeft => "同住客已从这间房退房，入住不能撤销；请办理退房。", "A guest who shared this room has already checked out, so the check-in cannot be undone; check out instead.";
    NightCharged => "房费已入账；请先冲账，再撤销入住。", "Room charges have been posted; reverse them first.";
    GuestIsPrimary => "这位是登记的主客，不能移除；请办理退房。", "This is the primary guest of the stay and cannot be removed; check the guest out instead.";
    ExtendFirst => "离店日期已到；请先续住。", "The departure date has been reached; extend the stay first.";
    WindowOfSharer { from: i64, to: i64 } => "同住客的窗口为 {from} 至 {to}，窗口 1 属于预订人；请改正。", "A sharer's window is {from} to {to}, as window 1 belongs to the booker; choose one of these.";
    SameRoom => "客人已住在这间房；请另选房间。", "The guest is already in this room; choose another.";
    LaterThan { departure: NaiveDate, today: NaiveDate } => "新的离店日期须晚于 {departure}，且不早于营业日 {today}；请改正。", "The new departure must be after {departure} and not before the business date {today}; choose a later one.";
    EarlierThan { from: NaiveDate, before: NaiveDate } => "新的离店日期须不早于 {from}，且早于 {before}；请改正。", "The new departure must be on or after {from} and before {before}; choose such a date.";
    BalanceDue { balances: Balances } => "{balances}；请收款或退款结清，或发送 allow_balance 保留余额退房。", "There is a balance: {balances}; take a payment or refund the excess, or send allow_balance.";
    BlockNights { most: i64 } => "锁房须从 from 到更晚的 until，最多 {most} 晚；请改正。", "Rooms are blocked from a night until a later one, for {most} nights at most; correct the dates.";
    BlockTwice { night: NaiveDate } => "同一房型在 {night} 列了两次；请合并为一项。", "A room type is given twice for {night}; give it once.";
    BlockPickedUp { night: NaiveDate, picked_up: i64 } => "{night} 已有 {picked_up} 间转为预订，锁房数不能更少；请改正。", "On {night} {picked_up} rooms have become reservations, and no fewer can be blocked; correct the number.";
    BlockUsedUp { night: NaiveDate } => "该团队锁房在 {night} 已用完；请增加锁房，或换房型或日期。", "Nothing is left of the group's block on {night}; block more rooms, or choose another room type or other dates.";
    BlockReleased => "该团队锁房已释放；请重新锁房。", "The block has been released; make it again first.";
    ParentIsSubsidiary => "上级单位本身不能是下属单位，也不能是自己；请另填。", "The parent must be another company that is no subsidiary itself; choose another.";
    TaxIdForm => "税号为 5 至 30 个字母或数字；请改正。", "A tax number has 5 to 30 letters and digits; correct it.";
    TaxIdTaken => "这个税号已属于另一个单位；请核对，或使用已有的单位。", "This tax number belongs to another company; check it, or use that company.";
    NoAgent => "该单位不是代理商；请填代理商的代码。", "This company is no agent; give the code of an agent.";
    CompanyCreditLeft { left: Money } => "该单位及其下属单位的信用额度还剩 {left}；请减少金额、先收账款或提高额度。", "The company and its subsidiaries have {left} of credit left; transfer less, take a payment, or raise the limit.";
    OtherVisit => "请填本店另一个账单的确认号。", "Give a number of another visit of this property.";
    NoChargeToMove => "只有消费账目可以转到其他账单，服务费和税随之转出；请选择消费账目。", "Only a charge itself can be moved to another bill, and its fee and tax go with it; choose the charge.";
    NoHouseAccount => "这不是哑房账；有客房的预订请办理退房或取消。", "This is no house account; check out or cancel a visit with rooms instead.";
    AccountHasNoRoom => "哑房账没有客房；请改用 close-account 或 reopen-account。", "A house account has no room to do this with; use close-account or reopen-account instead.";
    AccountClosed => "哑房账已关闭，只可更正原有账目，并结清由此产生的余额；如需新入账，请先用 reopen-account 重新打开。", "The house account is closed: what is on it can be corrected, and what that leaves open be settled; for anything new use reopen-account first.";
    AccountTakesNoRoom => "哑房账不含客房；请另建预订，再把消费转入本账。", "A house account has no rooms; book the room on its own, and let the account pay its charges.";
    SwapBoth => "两间房须都已入住，或都只是预留；请核对，或改用换房、排房。", "Both rooms must be lived in, or both only set aside; check them, or move or assign instead.";
    SwapRoom => "没有为这间房排房；请先排房。", "No room is set aside for this one; assign one first.";
    SwapSame => "请填另一间房。", "Give another room.";
    OfOtherProperty => "那条记录属于别的酒店；请填本店的号码。", "That visit belongs to another property; give a number of this one.";
    AllNightsCharged => "没有未入账的房晚；已入账的请改价或冲账，续住请先延长。", "No night is left to be charged; correct the charge of a night that is, or extend the stay first.";
    PlanOrPrices => "请填 rate_plan、prices 或新的人数。", "Give rate_plan, prices, or other people.";
    GuestAlready => "已经是这位客人；请填另一位。", "It is this guest already; give another.";
    SharerLeavesWithRoom { from: NaiveDate, to: NaiveDate } => "同住客的离店日期须在 {from} 至 {to} 之间；如需住得更久，请先续住。", "A sharer leaves between {from} and {to}; extend the stay first to stay longer.";
    RoomTakenSince => "这间房已有其他客人在住；请为客人另办入住。", "The room is now occupied by another guest; check the guest in again in another room.";
    StayIs { state: StayState, needed: StayState } => "住宿目前是“{state}”；此操作只适用于“{needed}”的住宿。", "The stay is {state}; this needs one that is {needed}.";

    // Bills.
    CodeByHand { kind: CodeKind } => "请用可手工入账的{kind}代码；其余代码由系统入账。", "Give a {kind} code that can be posted manually; the others are posted by Hefu.";
    AmountMissing => "请填收款金额 amount，或用 foreign 给出外币金额和汇率。", "Give the amount paid: amount, or foreign with its rate.";
    OwnCurrency => "这是本店货币；请填 amount，不用 foreign。", "This is the property's own currency; give amount instead of foreign.";
    ForeignWorth { worth: Money } => "按此汇率折合 {worth}；请填此金额，或不填 amount。", "At this rate the foreign money is worth {worth}; give that amount, or leave it out.";
    RateForm => "汇率须为大于 0 的小数，最多 8 位小数，且折合金额不能过大；请改正。", "A rate must be a decimal greater than 0 with at most 8 decimal places, and the result must not be too large; correct it.";
    RateFarOff { known: Codes } => "该汇率与本店现行汇率 {known} 相差过大；请核对，确认无误请发送 confirm（收款时为 confirm_rate）。", "The rate is far from {known}, the one that holds; check it, and send confirm (confirm_rate with a payment) if it is right.";
    NoRate { currency: Currency } => "本店没有 {currency} 的汇率；请先设定，或在收款时给出 rate。", "The property has no rate for {currency}; set one, or give rate with the payment.";
    NoOpenShift => "您没有开班，不能收付现金或代付；请先开班。", "You have no open cashier shift, which cash and paid-outs need here; open one first.";
    ShiftIsOpen => "您已有一个未结的班次；请继续使用，或先结班。", "You have an open cashier shift already; go on with it, or close it first.";
    ShiftClosed => "该班次已结；请使用当前的班次。", "The cashier shift is closed; use one that is open.";
    DrawerHolds { held: Money } => "钱箱账面现金为 {held}，不能超过此数；请减少金额。", "The drawer should hold {held}, and no more can be dropped; give less.";
    NotCounted { missing: Codes } => "以下款项尚未清点：{missing}。请逐项填写实点金额，没有就填 0。", "These were not counted: {missing}. Give what was counted of each, 0 if there is nothing.";
    DifferenceNeedsReason => "实点与账面不符；请填写 reason 说明原因后再结班。", "What was counted differs from what there should be; give a reason to close the shift.";
    NothingToInvoice => "没有可开票的金额：尚无消费，或已开过票；请核对窗口和账目。", "There is nothing to invoice: nothing was charged, or it was invoiced already; check the window and its lines.";
    Credited => "发票或该行已全部冲红；请核对。", "The invoice or this line has been taken back wholly; check it.";
    IsCreditNote => "这是红字发票，不能再冲红；如有误请重新开票。", "This is a credit note, which cannot be taken back; issue a new invoice instead.";
    IdOrInvoice => "请用 id 或 invoice 之一指明挂账。", "Name the transfer by either id or invoice.";
    OpenAtMost { most: Money } => "最多可核销 {most}；请减少金额，或不填。", "At most {most} can be allocated; give less, or leave the amount out.";
    NothingToAllocate => "没有可核销的金额：收款已全部核销，或没有未结的挂账。", "There is nothing to allocate: the payment is used up, or nothing is open.";
    OnceEach => "同一项只能出现一次；请合并或删去。", "Each can be given only once; add them up or leave one out.";
    MoreThanDue { due: Money } => "该窗口欠 {due}，挂账不能超过此数；请减少金额，或不填。", "The window owes {due}, and no more than that can be transferred; give less, or leave the amount out.";
    MoreThanPaid { paid: Money } => "已收 {paid}，退款不能超过此数；请减少金额。", "Only {paid} has been paid and can be refunded; give less.";
    DepositOnBill => "这笔定金已转入账单；请在账单上冲销对应的账目。", "The deposit was moved to the bill; reverse its line there.";
    MoreThanHeld { held: Money } => "代管定金为 {held}，不能超过此数；请减少金额。", "{held} are held for the visit, and no more can be used; give less.";
    NoCharge => "只有消费账目可以减免、改价或拆分，税费随之调整；请选择消费账目。", "Only a charge itself is allowed for, corrected or split, and its fee and tax follow; choose the charge.";
    TotalOrShare => "请填 total（含服务费和税的金额）或 share（万分比）之一。", "Give either total, with fee and tax, or share, in hundredths of a percent.";
    NothingToSplit => "拆分后两边都须留有消费本身的金额；请改填金额，或整笔转账。", "Both sides must have something of the charge itself; give another amount, or move the charge whole.";
    SplitOfOthers => "这笔账由其他系统入账，不能拆分；请整笔转账。", "Another system posted this line, so it cannot be split; move it whole.";
    SplitInvoiced => "这笔账已开发票，不能拆分；请先冲红发票。", "The charge was invoiced and cannot be split; take the invoice back by a credit note first.";
    SameWindow { window: i64 } => "这笔账已在窗口 {window}；请选择其他窗口。", "The charge is in window {window} already; choose another.";
    WindowClosed { window: i64 } => "窗口 {window} 已结清关闭；请先重新打开，或用其他窗口。", "Window {window} is settled and closed; open it again first, or use another.";
    AmountOrTotal => "请填 amount（不含服务费和税）或 total（含服务费和税）之一。", "Give either amount, without fee and tax, or total, with them.";
    WindowOpen { balances: Balances } => "{balances}；结清后才能关闭窗口。", "There is a balance: {balances}; settle it, then close the window.";
    WindowOfOthers => "该窗口是其他系统的账单，由该系统结清；请用其他窗口。", "The window is a bill that another system settled; use another window.";
    OnePayer => "付款方是单位或客人之一；请只填 company 或 guest。", "Either a company or a guest pays; give one of the two.";
    AlreadyReversed => "这笔账已冲销，或本身就是冲销；请选择其他账目。", "The line has been reversed, or is itself a reversal; choose another line.";
    BalanceTooLarge { most: Money } => "金额或余额会超过 {most}；请核对金额。", "The amount or the balance would exceed {most}; check the amount.";
    LastFour => "请填卡号后四位，四个数字。", "Give the last four digits of the card, and nothing else.";
    PreAuthIs { state: PreAuthState, wanted: PreAuthState } => "预授权目前是“{state}”，不能变为“{wanted}”；请核对，或重新取得预授权。", "The pre-authorisation is {state} and cannot become {wanted}; check it, or obtain a new one.";
    PreAuthAmount { from: Money, to: Money } => "预授权完成金额须在 {from} 至 {to}（预授权金额）之间；请改正。", "Between {from} and the pre-authorised {to} can be captured; correct the amount.";
    PreAuthExpired { date: NaiveDate } => "预授权已于 {date} 到期；请重新取得，或改用其他付款方式。", "The pre-authorisation expired on {date}; obtain a new one, or use another payment method.";
    InstalmentIs { state: DepositState, needed: DepositState } => "该期定金目前是“{state}”；此操作只适用于“{needed}”的定金。", "The instalment is {state}; this needs one that is {needed}.";
    CreditLeft { left: Money } => "应收账户的信用额度还剩 {left}；请减少金额、先收账款或提高额度。", "The city-ledger account has {left} of credit left; transfer less, take a payment from it, or raise its limit.";
    CreditExceeded => "应收账户的信用额度不足；请先收账款或提高额度。", "The credit limit of the city-ledger account is exceeded; take a payment from it, or raise its limit.";

    // Members.
    AlreadyMember => "该客人已是会员，无需再入会。", "The guest is already a member; there is nothing to do.";
    PointsThere { there: i64 } => "现有积分 {there}；请减少积分，或改用其他付款方式。", "Only {there} points are available; use fewer, or pay another way.";
    PointsShort => "积分不足；请减少积分。", "There are not enough points; use fewer.";
    PointsWhole { currency: Currency } => "这些积分折合不到 {currency} 的整数最小单位；请换一个积分数，如 100 的倍数。", "This number of points is not a whole minor unit of {currency}; use another, such as a multiple of 100.";
    NeverEarns => "赔偿和违约类消费一律不积分；请删去该组。", "Damages and penalties never earn points; leave the group out.";
    TierOrder => "各等级所需积分须由低到高递增，普通会员为 0；请改正。", "The points of the tiers must rise from tier to tier, with 0 for the lowest; correct them.";
    TiersOfChain => "升级所需积分由集团统一规定；请在集团的会员计划中修改。", "The points for each tier are set for the whole chain; change them in the chain's programme.";
    TierGivesNot { tier: Tier } => "{tier}不享有此项权益；请改为收费或按其他理由办理。", "Members of tier {tier} do not have this benefit; charge for it, or grant it for another reason.";
    NoBetterRoom => "没有空着的更高档房型；请指定房号，或按原房型入住。", "No better room is free; name a room, or keep the type that was booked.";
    RoomNotBetter => "该房不比所订房型档次高；请另选房间，或改用排房操作。", "The room is no better than what was booked; choose another, or assign it instead.";
    NoNightsByPoints => "会员计划没有规定用积分兑换房晚；请用房券，或先在会员计划中设定所需积分。", "The programme has no free nights by points; use a voucher, or set the points for a night in the programme first.";
    NightFree => "这一晚已是免费房晚，或本来就不收费。", "The night costs nothing already; there is nothing to redeem.";
    FreeNightFirst => "这间房有免费房晚；请先退回，再在新的预订中重新兑换。", "The room has a free night; give it back first, and redeem it again in the other booking.";
    VoucherIs { state: VoucherState } => "这张房券目前是“{state}”；请换一张。", "The voucher is {state}; use another one.";
    VoucherExpired { date: NaiveDate } => "这张房券只能用于 {date} 及以前的房晚；请换一张或改日期。", "The voucher pays for nights until {date}; use another one, or choose an earlier night.";
    VoucherElsewhere => "这张房券不能在本酒店使用；请换一张。", "The voucher cannot be used in this property; use another one.";
    LateBeyond { most: TimeOfDay } => "该会员最晚可免费延迟到 {most} 退房；更晚须说明原因：填写 reason，或发送 Hefu-Reason 请求头。", "The member may stay until {most} for nothing; for later give a reason: fill in reason, or send the Hefu-Reason header.";
    PointsAdjustment { most: i64 } => "请填不为 0 的整数，增减都不超过 {most}。", "Give a whole number other than 0, at most {most} up or down.";

    // Night audit.
    BusinessDate { date: NaiveDate } => "当前营业日是 {date}；请夜审这一天。", "The business date is {date}; audit that day.";
    NoShowsUndecided { rooms: usize } => "有 {rooms} 间预订房未到店；请先核对，再用 no_shows 说明：mark 记为未到店，keep 保留为晚到，only 只列出要记为未到店的房间。", "Nobody has come for {rooms} rooms; look at them and say in no_shows what becomes of them: mark makes them no-shows, keep carries them on, only names those to be marked.";
    AuditTooEarly { date: NaiveDate, opens: TimeOfDay } => "{date} 要到当天 {opens} 以后才能夜审；如需提前，请发送 force。", "{date} can be closed from {opens} on that day; send force to close it earlier.";

    // Settings.
    TimeZone => "请填 IANA 时区名，如 Asia/Shanghai。", "Give the name of an IANA time zone, such as Asia/Shanghai.";
    CurrencyStays { currency: Currency } => "酒店的货币建立后不能更改；请填 {currency}。", "The currency of a property cannot be changed; give {currency}.";
    OverrunOfHours => "只有钟点房价可以设置超时收费；请去掉 overrun。", "Only a part-day plan charges what goes beyond its hours; leave overrun out.";
    HoursOfPlan { from: i64, to: i64 } => "钟点房价请填 {from} 至 {to} 小时；按晚的房价不填 hours。", "A part-day plan has {from} to {to} hours, a nightly plan none; correct hours.";
    DerivedFrom => "推导房价须依据另一个同类的、自身不是推导出来的房价；请换一个。", "A derived plan follows another plan of the same kind that is not derived itself; choose such a plan.";
    DerivedHasChildren => "已有其他房价依据它推导；请先更改那些房价。", "Other plans are derived from this one; change those first.";
    DerivedHasNoRates => "推导房价的价格由所依据的房价得出；请删去 rates，个别日期的价格在房价日历中设定。", "The prices of a derived plan follow from another; leave rates out, and set prices of single dates in the rate calendar.";
    ChildBands => "儿童年龄段须由小到大且不重复；请改正。", "Age bands of children must be in order, each only once; correct them.";
    InclusionCode => "包价项目须用收入类的入账代码，每个代码一次；请改正。", "An inclusion needs a transaction code of revenue, each only once; correct it.";
    Weekdays => "请用 1（星期一）至 7（星期日）表示星期，每个一次；不填表示每天。", "Give days of the week as 1 (Monday) to 7 (Sunday), each once; leave them out for every day.";
    CalendarTooLarge { most: i64 } => "一次最多 {most} 个日期价格或限制；请缩短日期范围，或减少房型。", "At most {most} entries of the calendar are handled at once; give a shorter period, or fewer room types.";
    SeasonDates => "季节的日期段须由 1 至 100 段组成，每段 1 天以上、不超过两年；请改正。", "A season has 1 to 100 ranges of dates, each of a day or more and at most two years; correct them.";
    SeasonOverlaps { seasons: Codes } => "日期与其他季节重叠（{seasons}）；一个日期只能属于一个季节。", "The dates overlap those of another season ({seasons}); a date belongs to one season only.";
    PlanForCompanies => "该房价只售给签约单位；请填写签约单位的代码，或换一个房价。", "The plan is sold to contracted companies only; give the code of the company, or choose another plan.";
    PlanNeedsPromotion => "该房价须凭促销码预订；请填写正确的促销码，或换一个房价。", "The plan needs a promotion code; give the right one, or choose another plan.";
    SetupClosed { date: NaiveDate } => "该项自 {date} 起已停用；请换一项，或先重新启用。", "It is not used any more from {date} on; choose another one, or open it again first.";
    SetupNotClosed => "此类记录不能停用；不再需要时请直接删除。", "Records of this kind cannot be closed; delete them when they are not needed any more.";
    SetupUsed { known: Codes } => "该项已被使用或引用（{known}），不能删除；请改为停用。", "It is in use ({known}) and cannot be deleted; close it instead.";
    SetupStandard => "系统自带的入账代码不能停用或删除；请选择自建的代码。", "Codes that every property has cannot be closed or deleted; choose one of your own.";
    RoomClosed { date: NaiveDate } => "该房自 {date} 起不再出租；请另选房间。", "The room is not let from {date} on; choose another one.";
    NothingToSet => "没有要设定的内容；请至少填一项。", "There is nothing to set; give at least one field.";
    KindStays => "类型建立后不能更改；请填原来的类型，或另建一个。", "The kind cannot be changed after creation; give the original one, or create another.";
}
