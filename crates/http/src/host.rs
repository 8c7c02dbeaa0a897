//! Names of this machine.

use std::net::{Ipv4Addr, Ipv6Addr};

/// `localhost`, `127.x.x.x` or `[::1]`, with or without a port, and nothing besides.
pub(crate) fn is_loopback_name(authority: &str) -> bool {
    let (host, port, is_v6) = match authority.strip_prefix('[') {
        Some(rest) => {
            let Some((host, port)) = rest.split_once(']') else { return false };
            (host, port, true)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (host, port, false)
        }
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_loopback = match is_v6 {
        true => host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()),
        false => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
    };
    is_port && is_loopback
}
