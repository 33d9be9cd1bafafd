//! Coordinates of options 123 and 144 (RFC 6225 §2): 128 bits of fixed-point numbers.

use super::layout::Exactness;

/// The fields of a location, as they stand on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Resolution (123) or uncertainty (144) of the latitude, 6 bits.
    pub latitude_exactness: u8,
    /// Latitude in degrees, 34 bits, 25 of them after the point.
    pub latitude: i64,
    /// Resolution or uncertainty of the longitude, 6 bits.
    pub longitude_exactness: u8,
    /// Longitude in degrees, 34 bits, 25 of them after the point.
    pub longitude: i64,
    /// Altitude type, 4 bits: 0 none, 1 metres, 2 floors.
    pub altitude_type: u8,
    /// Resolution or uncertainty of the altitude, 6 bits.
    pub altitude_exactness: u8,
    /// Altitude, 30 bits, 8 of them after the point.
    pub altitude: i64,
    /// Version (144) or the first of the reserved bits (123), 2 bits.
    pub version: u8,
    /// The last three reserved bits.
    pub last_reserved: u8,
    /// Datum, 3 bits: 1 WGS84, 2 and 3 NAD83.
    pub datum: u8,
}

/// Bits after the point of latitude and longitude.
pub const DEGREE_BITS: u32 = 25;
/// Bits after the point of the altitude.
pub const ALTITUDE_BITS: u32 = 8;

/// The widths of the fields, first to last.
const WIDTHS: [u32; 10] = [6, 34, 6, 34, 4, 6, 30, 2, 3, 3];

impl Location {
    /// The reserved bits: five of option 123, three of option 144, whose version stands before them.
    #[must_use]
    pub fn reserved(&self, exactness: Exactness) -> u8 {
        match exactness {
            Exactness::Resolution => self.version << 3 | self.last_reserved,
            Exactness::Uncertainty => self.last_reserved,
        }
    }

    /// Reads the sixteen octets of a location.
    #[must_use]
    pub fn from_octets(octets: [u8; 16]) -> Location {
        let bits = u128::from_be_bytes(octets);
        let mut left = 128;
        let [lat_u, lat, long_u, long, alt_type, alt_u, alt, version, reserved, datum] =
            WIDTHS.map(|width| {
                left -= width;
                i64::try_from(bits >> left & ((1 << width) - 1)).unwrap_or_default()
            });
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        Location {
            latitude_exactness: small(lat_u),
            latitude: signed(lat, 34),
            longitude_exactness: small(long_u),
            longitude: signed(long, 34),
            altitude_type: small(alt_type),
            altitude_exactness: small(alt_u),
            altitude: signed(alt, 30),
            version: small(version),
            last_reserved: small(reserved),
            datum: small(datum),
        }
    }

    /// The sixteen octets of the location; each field keeps its low bits.
    #[must_use]
    pub fn to_octets(&self) -> [u8; 16] {
        let fields = [
            i64::from(self.latitude_exactness),
            self.latitude,
            i64::from(self.longitude_exactness),
            self.longitude,
            i64::from(self.altitude_type),
            i64::from(self.altitude_exactness),
            self.altitude,
            i64::from(self.version),
            i64::from(self.last_reserved),
            i64::from(self.datum),
        ];
        let bits = fields.iter().zip(WIDTHS).fold(0u128, |bits, (&field, width)| {
            let low = i128::from(field) & ((1 << width) - 1);
            bits << width | u128::try_from(low).unwrap_or_default()
        });
        bits.to_be_bytes()
    }
}

/// `value` of `width` bits in two's complement.
fn signed(value: i64, width: u32) -> i64 {
    value - (value >> (width - 1) & 1) * (1 << width)
}

/// A fixed-point number in decimal, exact: `48.210033416748046875`.
#[must_use]
pub fn to_decimal(value: i64, bits: u32) -> String {
    let (whole, mut fraction) = (value.unsigned_abs() >> bits, value.unsigned_abs() & ((1 << bits) - 1));
    let mut text = format!("{}{whole}", if value < 0 { "-" } else { "" });
    if fraction > 0 {
        text.push('.');
    }
    while fraction > 0 {
        fraction *= 10;
        text.push_str(&(fraction >> bits).to_string());
        fraction &= (1 << bits) - 1;
    }
    text
}

/// The fixed-point number nearest to a decimal, if it is one.
#[must_use]
pub fn from_decimal(text: &str, bits: u32) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() > 10
        || fraction.len() > 30
        || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    // Thirty digits times 2^25 would leave 128 bits: the first twenty decide the nearest number.
    let fraction = fraction.get(..20).unwrap_or(fraction);
    let scale = 10i128.pow(u32::try_from(fraction.len()).ok()?);
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let rounded = ((part << bits) * 2 + scale) / (scale * 2);
    i64::try_from(sign * ((whole << bits) + rounded)).ok()
}
