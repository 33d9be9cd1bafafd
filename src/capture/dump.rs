//! Octets as text, in forms that [`super::Reader`] and other programs read back.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const ROW: usize = 16;
const C_ROW: usize = 12;

/// Hex digits on one line: Wireshark's hex stream, `xxd -r -p`.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    hex::encode(octets) + "\n"
}

/// Base64 on one line.
#[must_use]
pub fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets) + "\n"
}

/// Rows of `%06x  aa bb …`, as `text2pcap` reads them. The offset starts at 0: rows of several messages can
/// be put one after the other.
#[must_use]
pub fn hex_dump(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 4);
    for (index, row) in octets.chunks(ROW).enumerate() {
        push(&mut text, format_args!("{:06x} ", index * ROW));
        for octet in row {
            push(&mut text, format_args!(" {octet:02x}"));
        }
        text.push('\n');
    }
    text
}

/// A C array with this name.
#[must_use]
pub fn c_array(name: &str, octets: &[u8]) -> String {
    let mut text = format!("static const unsigned char {name}[{}] = {{\n", octets.len());
    for row in octets.chunks(C_ROW) {
        text.push_str("   ");
        for octet in row {
            push(&mut text, format_args!(" 0x{octet:02x},"));
        }
        text.push('\n');
    }
    text.push_str("};\n");
    text
}

/// Writing to a string does not fail.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::{base64, c_array, hex, hex_dump};

    #[test]
    fn each_form_is_as_other_programs_read_it() {
        let octets: Vec<u8> = (0..18).collect();
        assert_eq!("000102\n", hex(&octets[..3]));
        assert_eq!("AAEC\n", base64(&octets[..3]));
        let want = "000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n000010  10 11\n";
        assert_eq!(want, hex_dump(&octets));
        let want = "static const unsigned char offer[2] = {\n    0x00, 0x01,\n};\n";
        assert_eq!(want, c_array("offer", &octets[..2]));
    }
}
