//! Texts by table: what each gives, which form it is taken for, and what its slips are called.

use super::super::{Forced, Kind, Layer, Reader};
use super::*;

/// The kind of a text and its frames in hex, every frame taken as a bare message.
fn frames(text: &str) -> std::result::Result<(Kind, Vec<String>), String> {
    let forced = Forced { kind: None, layer: Some(Layer::Message) };
    let mut reader = Reader::new(text.as_bytes(), forced).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    while let Some(found) = reader.next_message().map_err(|error| error.to_string())? {
        all.push(::hex::encode(found.payload));
    }
    Ok((reader.kind(), all))
}

fn check(rows: &[(&str, Kind, &[&str])]) {
    for (text, kind, want) in rows {
        let want = want.iter().map(|hex| (*hex).to_owned()).collect();
        assert_eq!(Ok((*kind, want)), frames(text), "{text:?}");
    }
}

#[test]
fn hex_is_read_in_any_dress() {
    check(&[
        ("01", Kind::Hex, &["01"]),
        ("0101 0600", Kind::Hex, &["01010600"]),
        ("01 01\n06 00\n", Kind::Hex, &["01010600"]),
        ("01:01-06.00,ff_fe;aa", Kind::Hex, &["01010600fffeaa"]),
        ("0x01010600", Kind::Hex, &["01010600"]),
        ("0000 0101 0600 9095", Kind::Hex, &["0000010106009095"]),
        ("# a note: deadbeef\n01 // one\n/* two */ 02 # three", Kind::Hex, &["0102"]),
        ("\u{feff}0101\r\n\r\n0600\r\n", Kind::Hex, &["01010600"]),
        ("010\n106\n00", Kind::Hex, &["01010600"]),
        ("01,01,06,00", Kind::Hex, &["01010600"]),
        ("deadbeef", Kind::Hex, &["deadbeef"]),
    ]);
}

#[test]
fn lists_are_read_in_any_language() {
    check(&[
        ("0x01, 0x01, 0x6,\n0x00", Kind::Array, &["01010600"]),
        ("[1, 1, 6, 0, 255]", Kind::Array, &["01010600ff"]),
        ("[10, 20, 30]", Kind::Array, &["0a141e"]),
        ("{01, 01, 06, af}", Kind::Array, &["010106af"]),
        ("1, 1, 6, 0", Kind::Array, &["01010600"]),
        ("[[1, 2], [3, 4]]", Kind::Array, &["0102", "0304"]),
        ("unsigned char p[2] = {1, 0x2};\nunsigned int p_len = 2;", Kind::Array, &["0102"]),
        ("let p: [u8; 2] = [0x01, 2u8];", Kind::Array, &["0102"]),
        ("p := [2]byte{0x01, 0x02}", Kind::Array, &["0102"]),
        ("byte[] p = {(byte)0x82, (byte) 0x63, -1, -128};", Kind::Array, &["8263ff80"]),
        ("byteArrayOf(0x01, 0x02)", Kind::Array, &["0102"]),
        ("#include <stdint.h>\n/* {9} */ uint8_t p[] = { 0x01, // {8}\n 2 };", Kind::Array, &["0102"]),
        ("{\"data\": [1, 2]}", Kind::Array, &["0102"]),
    ]);
}

#[test]
fn strings_are_read_with_their_escapes() {
    check(&[
        (r#""\x01\x02" \"#, Kind::String, &["0102"]),
        ("\"\\x01\\x02\"\n  \"\\x03\";", Kind::String, &["010203"]),
        (r"b'\x01A\n\\\'\0'", Kind::String, &["01410a5c2700"]),
        (r"\x01\x02", Kind::String, &["0102"]),
        (r#"b"\x01" b'c'"#, Kind::String, &["0163"]),
        (r#""\1\12\377\0009""#, Kind::String, &["010aff0039"]),
        (r#"[b'\x01', b'\x02']"#, Kind::String, &["01", "02"]),
        ("a = b'\\x01'\nb = b'\\x02'\n", Kind::String, &["01", "02"]),
        (r#"bytes.fromhex("01 02")"#, Kind::String, &["0102"]),
        (r#"{"hex": "0102"}"#, Kind::String, &["0102"]),
        ("char p[] = \"\\x01\" // \"no\"\n\"\\x02\";", Kind::String, &["0102"]),
        ("b'1234'", Kind::String, &["31323334"]),
    ]);
}

#[test]
fn dumps_are_read_from_any_program() {
    check(&[
        ("00000000: 0101 0600                                ....", Kind::Dump, &["01010600"]),
        ("00000000: 6162 6364  abcd\n", Kind::Dump, &["61626364"]),
        ("00000000  61 62  |ab|\n00000002\n", Kind::Dump, &["6162"]),
        ("0000000 0201 0403 0005\n0000005\n", Kind::Dump, &["0102030405"]),
        ("0000000 001001 000006\n0000004\n", Kind::Dump, &["01020600"]),
        ("0000000 001 002 377\n0000003\n", Kind::Dump, &["0102ff"]),
        ("000000 01 02  >..<\n000002\n", Kind::Dump, &["0102"]),
        ("\t0x0000:  4510 01e0  E...\n", Kind::Dump, &["451001e0"]),
        ("0000   ab cd ef   ...\n", Kind::Dump, &["abcdef"]),
        ("0000   61 62 20 63 64 65 66 67  68   ab cdefgh\n", Kind::Dump, &["616220636465666768"]),
        ("0000  01 02\n0002  03\n\n0000  04\n", Kind::Dump, &["010203", "04"]),
        ("0000  01 02\n0000  03 04\n", Kind::Dump, &["0102", "0304"]),
        (
            "Frame (1 bytes):\n0000  01   .\nReassembled IPv4 (2 bytes):\n0000  02 03   ..\n",
            Kind::Dump,
            &["01"],
        ),
        ("0000  00 01 02 03 04 05 06 07-08 09   ..........\n", Kind::Dump, &["00010203040506070809"]),
        ("000000 01 02\n*\n000008 03\n000009\n", Kind::Dump, &["010201020102010203"]),
    ]);
}

#[test]
fn rows_of_octal_and_decimal_offsets_are_told_apart() {
    let row = |offset: &str| format!("{offset} 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n");
    for second in ["0000010", "0000020", "0000016"] {
        let text = format!("{}{}", row("0000000"), row(second));
        let want = "000102030405060708090a0b0c0d0e0f".repeat(2);
        assert_eq!(Ok((Kind::Dump, vec![want])), frames(&text), "{second}");
    }
}

#[test]
fn base64_is_told_from_hex_with_a_slip() {
    check(&[
        ("AQEGAA==", Kind::Base64, &["01010600"]),
        ("AQEG\nAJA=", Kind::Base64, &["0101060090"]),
        ("AgEGAP-_", Kind::Base64, &["02010600ffbf"]),
    ]);
    let slip = "01010600909500000000zz0000000000";
    assert_eq!(Err(r#"line 1, column 21: expected pairs of hex digits, found "z""#.to_owned()), frames(slip));
    for prose in ["hello", "word", "not a dump of anything"] {
        assert!(frames(prose).unwrap_err().starts_with("line 1, column "), "{prose}");
    }
}

#[test]
fn a_slip_is_shown_with_its_place() {
    for (text, want) in [
        ("", "the input is empty"),
        (" \n\t", "the input is empty"),
        ("# nothing", "the input is empty"),
        ("01 0", r#"line 1, column 4: expected an even number of hex digits, found "0""#),
        ("01\n02 0g", r#"line 2, column 5: expected pairs of hex digits, found "g""#),
        ("01 \u{1f600}", r#"line 1, column 4: expected pairs of hex digits, found "\u{1f600}""#),
        ("[1, 256]", r#"line 1, column 5: expected a number from 0 to 255, or 0x00 to 0xff, found "256""#),
        (
            "{0x01,\n 0x0g}",
            r#"line 2, column 2: expected a number from 0 to 255, or 0x00 to 0xff, found "0x0g""#,
        ),
        ("\"\\x01", r#"line 1, column 1: expected a closing ", found "\"\\x01""#),
        (r#""\x0g""#, r#"line 1, column 2: expected an escape such as \x0a, \n or \012, found "\\x0g""#),
        (r"b'\q'", r#"line 1, column 3: expected an escape such as \x0a, \n or \012, found "\\q""#),
        (
            r#"it is "so""#,
            r#"line 1, column 1: expected a quoted string or \x escapes, found "it is \"so\"""#,
        ),
        (r#"x = "012""#, r#"line 1, column 6: expected an even number of hex digits, found "012""#),
        (
            "0000  01 02\n0004  03\n",
            r#"line 2, column 1: expected a row of the dump with offset 000002, found "0004""#,
        ),
        ("0000  01 02\n0002  0g 03\n", r#"line 2, column 7: expected pairs of hex digits, found "0g""#),
        (
            "0000  01 02\n0002  3 04\n",
            r#"line 2, column 7: expected an even number of hex digits, found "3""#,
        ),
        (
            "0000  01 02\n*\n",
            r#"line 2, column 1: expected a row after `*` that says how far it goes, found "*""#,
        ),
        (
            "00000000  01 02\n*\nffffffff  03\n",
            r#"line 3, column 1: expected at most 1048576 octets in a frame, found "ffffffff""#,
        ),
    ] {
        assert_eq!(Err(want.to_owned()), frames(text), "{text:?}");
    }
}

#[test]
fn a_slip_shows_no_control_characters() {
    let forced = Forced { kind: Some(Kind::Hex), layer: None };
    let error = Reader::new("01 \x1b[31m\u{202e}".as_bytes(), forced).err().unwrap().to_string();
    assert_eq!(r#"line 1, column 4: expected pairs of hex digits, found "\u{1b}""#, error);
}

#[test]
fn utf16_is_read() {
    let text: Vec<u8> = "\u{feff}01 02".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(is_text(&text));
    let read = read(text, Kind::Text).unwrap();
    assert_eq!((Kind::Hex, vec![1, 2]), (read.kind, read.octets));
}

#[test]
fn lines_and_paragraphs_that_are_whole_messages_stay_apart() {
    let message = |xid: u8| ::hex::encode([&[1, 1, 6, 0, 0, 0, 0, xid][..], &[0; 292]].concat());
    let (one, two) = (message(1), message(2));
    for text in [
        format!("{one}\n{two}\n"),
        format!("{}\n{}\n\n{}\n{}\n", &one[..300], &one[300..], &two[..300], &two[300..]),
        format!("\"{one}\"\n\"{two}\"\n"),
    ] {
        assert_eq!(vec![one.clone(), two.clone()], frames(&text).unwrap().1);
    }
    let wrapped = format!("{}\n\n{}\n", &one[..300], &one[300..]);
    assert_eq!(vec![one], frames(&wrapped).unwrap().1);
}
