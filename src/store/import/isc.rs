//! ISC dhcpd: `lease ADDRESS { … }` with statements, a new entry for each change (dhcpd.leases(5)).

use core::net::Ipv4Addr;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_till, take_while1};
use nom::combinator::{map, value};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::{Entry, Import, ImportFault, Imported, client, colons, host_name};
use crate::lease::BindingState;
use crate::time::Instant;

/// A word of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a [u8]),
    /// Text in quotes, with its escapes resolved.
    Text(Vec<u8>),
    Open,
    Close,
    End,
    /// Text in quotes that does not end.
    Broken,
}

pub(super) fn read(octets: &[u8], import: &mut Import) {
    let mut rest = octets;
    let line_of = |rest: &[u8]| {
        let passed = octets.get(..octets.len() - rest.len()).unwrap_or_default();
        passed.iter().filter(|octet| **octet == b'\n').count() + 1
    };
    // Counting lines anew for each entry would cost the square of the file.
    let (mut counted, mut line) = (octets, 1);
    loop {
        let (start, _) = blank(rest).unwrap_or((rest, ()));
        let new = counted.get(..counted.len() - start.len()).unwrap_or_default();
        line += new.iter().filter(|octet| **octet == b'\n').count();
        counted = start;
        if start.is_empty() {
            return;
        }
        let (after, tokens) = statement(start);
        rest = after;
        match tokens.as_slice() {
            [] | [Token::Close | Token::End] => {}
            [.., Token::Broken] => {
                let why = "text in quotes does not end".to_owned();
                import.faults.push(ImportFault { line: line_of(start), why });
                return;
            }
            [Token::Word(b"lease"), Token::Word(address), Token::Open, body @ ..] => {
                import.take(line, lease(line, address, body));
            }
            [Token::Word(b"lease"), ..] => {
                import.take(line, Err("expected `lease ADDRESS {`".to_owned()));
            }
            _ => import.passed += 1,
        }
    }
}

/// The tokens of a statement, up to its semicolon or the end of its braces.
fn statement(mut rest: &[u8]) -> (&[u8], Vec<Token<'_>>) {
    let mut tokens = Vec::new();
    let mut depth = 0usize;
    while let Ok((after, token)) = preceded(blank, token).parse_complete(rest) {
        rest = after;
        let end = match token {
            Token::Open => {
                depth += 1;
                false
            }
            Token::Close => {
                depth = depth.saturating_sub(1);
                depth == 0
            }
            Token::End => depth == 0,
            Token::Broken => true,
            Token::Word(_) | Token::Text(_) => false,
        };
        tokens.push(token);
        if end {
            return (rest, tokens);
        }
    }
    (&[], tokens)
}

/// White space and comments.
fn blank(input: &[u8]) -> IResult<&[u8], ()> {
    let space = value((), take_while1(|octet: u8| octet.is_ascii_whitespace() || octet == 0));
    let comment = value((), (tag("#"), take_till(|octet| octet == b'\n')));
    value((), many0_count(alt((space, comment)))).parse_complete(input)
}

fn token(input: &[u8]) -> IResult<&[u8], Token<'_>> {
    let word = take_while1(|octet: u8| !octet.is_ascii_whitespace() && !b"{};\"#\0".contains(&octet));
    alt((
        value(Token::Open, tag("{")),
        value(Token::Close, tag("}")),
        value(Token::End, tag(";")),
        quoted,
        map(word, Token::Word),
    ))
    .parse_complete(input)
}

/// Text in quotes: `\ooo` is an octet in octal, a backslash before anything else stands for that.
fn quoted(input: &[u8]) -> IResult<&[u8], Token<'_>> {
    let (mut rest, _) = tag("\"")(input)?;
    let mut text = Vec::new();
    loop {
        let (after, octet): (&[u8], &[u8]) = match take::<_, _, nom::error::Error<&[u8]>>(1usize)(rest) {
            Ok(taken) => taken,
            Err(_) => return Ok((&[], Token::Broken)),
        };
        rest = after;
        match octet {
            b"\"" => return Ok((rest, Token::Text(text))),
            b"\\" => {
                let octal = rest.get(..3).and_then(|digits| str::from_utf8(digits).ok());
                let octal = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
                match (octal, rest.split_first()) {
                    (Some(octet), _) => {
                        text.push(octet);
                        rest = rest.get(3..).unwrap_or_default();
                    }
                    (None, Some((octet, after))) => {
                        text.push(*octet);
                        rest = after;
                    }
                    (None, None) => return Ok((&[], Token::Broken)),
                }
            }
            octet => text.extend_from_slice(octet),
        }
    }
}

fn lease(line: usize, address: &[u8], body: &[Token<'_>]) -> Result<Entry, String> {
    if body.last() != Some(&Token::Close) {
        return Err("the entry does not end with a brace: it is cut short".to_owned());
    }
    let address: Ipv4Addr =
        str::from_utf8(address).ok().and_then(|text| text.parse().ok()).ok_or("no IPv4 address")?;
    let mut state = None;
    let (mut since, mut expires) = (None, None);
    let (mut htype, mut chaddr) = (1, Vec::new());
    let (mut identifier, mut name, mut relayed) = (None, None, false);
    for statement in body.split(|token| *token == Token::End) {
        match statement {
            [Token::Word(b"starts"), when @ ..] => since = Some(time(when)?),
            [Token::Word(b"ends"), when @ ..] => expires = Some(time(when)?),
            [Token::Word(b"binding"), Token::Word(b"state"), Token::Word(word)] => state = Some(*word),
            [Token::Word(b"hardware"), Token::Word(kind), Token::Word(digits)] => {
                htype = hardware_type(kind).ok_or("a kind of hardware that is not known")?;
                chaddr = octets(digits).ok_or("hardware is no list of octets")?;
            }
            [Token::Word(b"uid"), Token::Text(text)] => identifier = Some(text.clone()),
            [Token::Word(b"uid"), Token::Word(digits)] => {
                identifier = Some(octets(digits).ok_or("uid is no list of octets")?);
            }
            [Token::Word(b"client-hostname"), Token::Text(text)] => name = host_name(text)?,
            [Token::Word(b"option"), Token::Word(option), ..] => relayed |= option.starts_with(b"agent."),
            _ => {}
        }
    }
    let state = match state {
        None | Some(b"active") => BindingState::Bound,
        Some(b"abandoned") => BindingState::Declined,
        Some(b"free" | b"released" | b"expired" | b"reset" | b"backup") => BindingState::Released,
        Some(_) => return Err("a binding state that is not known".to_owned()),
    };
    if state == BindingState::Released && identifier.is_none() && chaddr.is_empty() {
        return Ok(Entry::Gone(address));
    }
    let client = client(identifier, (htype, &chaddr), state)?;
    let expires = expires.ok_or("there is no `ends`")?;
    Ok(Entry::Lease(Imported {
        line,
        address,
        client,
        htype,
        chaddr: chaddr.into(),
        host_name: name,
        state,
        since,
        expires,
        relayed,
    }))
}

/// `never`, `epoch 1764000000`, or `2 2026/11/24 18:00:00` in UTC.
fn time(words: &[Token<'_>]) -> Result<Instant, String> {
    let text = |octets: &[u8]| str::from_utf8(octets).unwrap_or_default().to_owned();
    let found = match words {
        [Token::Word(b"never")] => Some(Instant::NEVER),
        [Token::Word(b"epoch"), Token::Word(seconds)] => text(seconds).parse().ok().map(Instant::from_secs),
        [Token::Word(_), Token::Word(day), Token::Word(clock)] => {
            let told = format!("{}T{}", text(day).replace('/', "-"), text(clock));
            let stamp = told.parse::<DateTime>().ok().and_then(|time| Offset::UTC.to_timestamp(time).ok());
            stamp.and_then(|stamp| u64::try_from(stamp.as_second()).ok()).map(Instant::from_secs)
        }
        _ => None,
    };
    found.ok_or_else(|| "a time that can't be read".to_owned())
}

fn octets(digits: &[u8]) -> Option<Vec<u8>> {
    colons(str::from_utf8(digits).ok()?)
}

fn hardware_type(kind: &[u8]) -> Option<u8> {
    match kind {
        b"ethernet" => Some(1),
        b"token-ring" => Some(6),
        b"fddi" => Some(8),
        b"infiniband" => Some(32),
        kind => str::from_utf8(kind).ok()?.strip_prefix("unknown-")?.parse().ok(),
    }
}
