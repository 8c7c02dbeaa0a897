//! Files of payment channels as they are downloaded, and whatever else somebody may send.
#![expect(clippy::unwrap_used, reason = "tests")]

use hefu_reconcile::file::{Columns, Fault, ledger};
use proptest::prelude::*;

const ALIPAY: &str = "#支付宝业务明细查询\r
#账号：[20880000000000000156]\r
#起始日期：[2026年10月03日 00:00:00]   终止日期：[2026年10月04日 00:00:00]\r
#-----------------------------------------业务明细列表----------------------------------------\r
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店名称,对方账户,订单金额（元）,商家实收（元）,退款批次号/请求号,服务费（元）,备注\r
2026100322001400001\t,1000000009\t,交易,房费,2026-10-03 10:11:12,2026-10-03 10:11:20,外滩店,*客人(a***),318.00,318.00,,-1.91,\r
2026100322001400001\t,1000000009\t,退款,房费,2026-10-03 12:00:00,2026-10-03 12:00:03,外滩店,*客人(a***),-100.00,-100.00,R001,0.60,\r
#-----------------------------------------业务明细列表结束------------------------------------\r
#交易合计：1笔，商家实收共318.00元\r
";

const WECHAT: &str = "\u{feff}交易时间,公众账号ID,微信订单号,商户订单号,交易类型,交易状态,货币种类,应结订单金额,微信退款单号,退款金额,手续费,费率\r
`2026-10-03 10:11:12,`wx0000000000000000,`4200000001,`1000000009,`JSAPI,`SUCCESS,`CNY,`318.00,`0,`0.00,`1.91000,`0.60%\r
`2026-10-03 12:00:00,`wx0000000000000000,`4200000001,`1000000009,`JSAPI,`REFUND,`CNY,`0.00,`5030000001,`100.00,`-0.60000,`0.60%\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`2,`318.00,`100.00,`0.00,`1.31000,`318.00,`100.00\r
";

#[test]
fn what_alipay_gives_is_read_as_it_is() {
    let (bytes, ..) = encoding_rs::GB18030.encode(ALIPAY);
    let file = ledger(&bytes, &Columns::built_in("alipay").unwrap()).unwrap();
    let told: Vec<_> =
        file.records.iter().map(|row| (row.id.as_str(), row.amount, row.reference.as_str())).collect();
    assert_eq!(
        told,
        [("2026100322001400001", 318_00, "1000000009"), ("2026100322001400001-R001", -100_00, "1000000009")]
    );
    assert_eq!(file.fees, [1_91, -60]);
    assert!(file.records.iter().all(|row| row.date.unwrap().to_string() == "2026-10-03"));
}

#[test]
fn what_wechat_pay_gives_is_read_up_to_its_totals() {
    let file = ledger(WECHAT.as_bytes(), &Columns::built_in("wechat").unwrap()).unwrap();
    let told: Vec<_> =
        file.records.iter().map(|row| (row.id.as_str(), row.amount, row.currency.as_str())).collect();
    assert_eq!(told, [("4200000001-0", 318_00, "CNY"), ("4200000001-5030000001", -100_00, "CNY")]);
    assert_eq!(file.fees, [1_91, -60]);
}

#[test]
fn rows_are_named_by_the_line_they_stand_in() {
    let columns = Columns::parse("amount = \"sum\"\ncomment = \"#\"").unwrap();
    for (text, expected) in [
        ("sum\n1\n2\n", [2, 3]),
        ("sum\r\n1\r\n2\r\n", [2, 3]),
        ("sum\n\n\n1\n2\n", [4, 5]),
        ("sum\r\n\r\n1\r\n# a remark\r\n\r\n2\r\n", [3, 6]),
        ("\n# a remark\nsum\n1\n\n2", [4, 6]),
    ] {
        assert_eq!(ledger(text.as_bytes(), &columns).unwrap().lines, expected, "{text:?}");
    }
    let fault = ledger(b"sum\r\n1\r\n\r\nx\r\n", &columns).unwrap_err();
    assert!(matches!(fault, Fault::Amount { line: 4, .. }), "{fault:?}");
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing() {
    let columns =
        Columns::parse("amount = \"sum\"\nreference = \"no\"\nend = \"total\"\ncomment = \"#\"").unwrap();
    for (text, line) in [
        ("sum,no\n1,a\n2,\"b\n3,c\n4,d\n", Some(3)),
        ("sum,no\n1,\"a\n", Some(2)),
        ("sum,no\n1,\"a \"\"b\"\" \nc\"\n2,5\" disk\n", None),
        ("sum,no\n1,a\ntotal,\"\n", None),
        ("sum,no\n1,a\n#,\"\n", None),
        ("sum,no\n1,a\n# one,\"two\n2,\"b\n", Some(4)),
    ] {
        let fault = ledger(text.as_bytes(), &columns).err();
        let at = fault.as_ref().map(|fault| match fault {
            Fault::Row { line, .. } => *line,
            other => panic!("{other}"),
        });
        assert_eq!(at, line, "{text:?}: {fault:?}");
    }
}

#[test]
fn amounts_of_fewer_decimals_are_brought_to_more() {
    let columns = Columns::parse("amount = \"sum\"\ndecimals = 0").unwrap();
    let mut read = ledger(b"sum\n100\n-7\n", &columns).unwrap();
    read.with_decimals(2).unwrap();
    assert_eq!(read.records.iter().map(|record| record.amount).collect::<Vec<_>>(), [100_00, -7_00]);
    let mut large = ledger(b"sum\n9000000000000000000\n", &columns).unwrap();
    assert!(matches!(large.with_decimals(2), Err(Fault::Amount { line: 2, .. })));
}

#[test]
fn columns_that_are_not_there_are_named() {
    let columns = Columns::parse("amount = \"sum\"").unwrap();
    assert_eq!(ledger(b"day,amount\n", &columns).unwrap_err().code(), "map_column_unknown");
    assert_eq!(ledger(b"", &columns).unwrap_err(), Fault::NoHeader);
    assert_eq!(ledger(b"sum,sum\n", &columns).unwrap_err().code(), "map_column_doubled");
}

proptest! {
    #[test]
    fn nothing_that_is_sent_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), which in 0..3_usize) {
        let columns = match which {
            0 => Columns::built_in("alipay").unwrap(),
            1 => Columns::built_in("wechat").unwrap(),
            _ => Columns::parse("amount = \"a\"\nid = [\"i\", \"j\"]\nfee = \"f\"\ndelimiter = \";\"").unwrap(),
        };
        let _ = ledger(&bytes, &columns);
        let headed = [b"a;i;j;f\n".as_slice(), &bytes].concat();
        let _ = ledger(&headed, &columns);
    }

    #[test]
    fn amounts_are_read_as_they_were_written(amounts in prop::collection::vec(-9_999_999_i64..9_999_999, 1..40)) {
        let columns = Columns::parse("id = \"no\"\ndate = \"day\"\namount = \"sum\"").unwrap();
        let mut text = String::from("no,day,sum\n");
        for (no, amount) in amounts.iter().enumerate() {
            let sign = if *amount < 0 { "-" } else { "" };
            text.push_str(&format!("{no},2026-10-03,{sign}{}.{:02}\n", amount.abs() / 100, amount.abs() % 100));
        }
        let file = ledger(text.as_bytes(), &columns).unwrap();
        prop_assert_eq!(file.records.iter().map(|row| row.amount).collect::<Vec<_>>(), amounts);
    }
}
