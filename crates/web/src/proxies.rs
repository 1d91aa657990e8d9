//! Which machine a request comes from where proxies stand in front.
//!
//! Each proxy adds the address it was asked from to `X-Forwarded-For`, at the end. So the list is
//! read from its end, and only as far as the addresses are proxies of ours: what stands before the
//! first that is not may have been written by anybody (OWASP ASVS 5.0, 4.1.3 and 15.3.4).

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;

const HEADER: &str = "x-forwarded-for";

/// The proxies whose word is taken for where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// A list that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network like 10.0.0.0/8")]
pub struct ProxiesError(String);

impl Default for Proxies {
    /// Those on this machine.
    fn default() -> Self {
        let networks = [
            IpNet::new_assert([127, 0, 0, 0].into(), 8),
            IpNet::from(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
        ];
        Self(networks.to_vec())
    }
}

impl FromStr for Proxies {
    type Err = ProxiesError;

    /// Reads addresses and networks with commas between them; `none` trusts nobody.
    fn from_str(text: &str) -> Result<Self, ProxiesError> {
        if text.trim() == "none" {
            return Ok(Self(Vec::new()));
        }
        let read = |part: &str| {
            let part = part.trim();
            let network = part.parse::<IpNet>().ok();
            let one = || part.parse::<IpAddr>().ok().map(IpNet::from);
            network
                .or_else(one)
                .ok_or_else(|| ProxiesError(part.to_owned()))
        };
        text.split(',')
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Proxies {
    /// Where a request comes from that came in from `peer`.
    #[must_use]
    pub fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let said = headers.get_all(HEADER).iter();
        let said: Vec<&str> = said.filter_map(|value| value.to_str().ok()).collect();
        let hops = said.iter().flat_map(|value| value.split(','));
        for hop in hops.collect::<Vec<_>>().into_iter().rev() {
            if !self.0.iter().any(|proxy| proxy.contains(&nearest)) {
                break;
            }
            let Ok(before) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            nearest = before.to_canonical();
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(proxies: &str, peer: &str, said: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(HEADER, value.parse().unwrap());
        }
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.origin(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        let ours = "127.0.0.0/8,10.0.0.0/8";
        assert_eq!(origin(ours, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(origin(ours, "127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            origin(ours, "198.51.100.1", &["203.0.113.7"]),
            "198.51.100.1",
            "who is no proxy of ours speaks for nobody"
        );
        assert_eq!(
            origin(ours, "127.0.0.1", &["1.2.3.4, 203.0.113.7, 10.1.1.1"]),
            "203.0.113.7",
            "what a client wrote before it reached a proxy does not count"
        );
        assert_eq!(
            origin(ours, "127.0.0.1", &["1.2.3.4", "203.0.113.7"]),
            "203.0.113.7",
            "several lines are one list (RFC 9110, 5.3)"
        );
        assert_eq!(origin("none", "127.0.0.1", &["203.0.113.7"]), "127.0.0.1");
    }

    #[test]
    fn nonsense_is_the_proxys_own_address() {
        let ours = "127.0.0.1";
        assert_eq!(origin(ours, "127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(origin(ours, "127.0.0.1", &["1.2.3.4, "]), "127.0.0.1");
        assert_eq!(origin(ours, "::ffff:127.0.0.1", &["::1"]), "::1");
    }

    #[test]
    fn lists_are_addresses_and_networks() {
        assert_eq!("127.0.0.0/8, ::1".parse(), Ok(Proxies::default()));
        let wrong = "10.0.0.0/8,proxy.example".parse::<Proxies>().unwrap_err();
        assert!(wrong.to_string().contains("proxy.example"));
        assert!("".parse::<Proxies>().is_err());
    }
}
