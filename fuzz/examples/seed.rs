//! Makes the corpora to begin with out of the project's fixtures: `corpus/TARGET`, one file a seed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

use dhcpsim::capture::dump;
use dhcpsim::options::TABLE;
use dhcpsim::packet::anomaly::anomalies;
use dhcpsim::packet::text::{TextForm, octets, value_text};
use dhcpsim::packet::{Packet, json};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds(root.join("corpus"));
    for folder in ["made", "captured"] {
        for entry in fs::read_dir(root.join("../fixtures").join(folder))? {
            let path = entry?.path();
            let content = fs::read(&path)?;
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("hex") => seeds.message(&frame(&content))?,
                Some("pcap" | "pcapng") => seeds.add("capture", &[&[0], &content[..]].concat())?,
                _ => {}
            }
        }
    }
    for entry in fs::read_dir(root.join("../fixtures/leases"))? {
        seeds.add("leases", &fs::read(entry?.path())?)?;
    }
    for row in TABLE {
        let digits: String = row.example.split_whitespace().collect();
        seeds.value(row.code.0, &octets(&digits).unwrap_or_default())?;
    }
    Ok(())
}

/// The octets of a `.hex` fixture.
fn frame(content: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(content);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    octets(&lines.flat_map(str::split_whitespace).collect::<String>()).unwrap_or_default()
}

/// The folder of the corpora.
struct Seeds(PathBuf);

impl Seeds {
    fn add(&self, target: &str, octets: &[u8]) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        octets.hash(&mut hasher);
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), octets)
    }

    /// A message for every target that it can be a seed of.
    fn message(&self, octets: &[u8]) -> io::Result<()> {
        self.add("message", octets)?;
        for text in
            [dump::hex(octets), dump::hex_dump(octets), dump::c_array("p", octets), dump::base64(octets)]
        {
            self.add("capture", &[&[0], text.as_bytes()].concat())?;
        }
        self.add("capture", &[&[0], octets].concat())?;
        let Ok(packet) = Packet::parse(octets) else {
            return self.add("text", &serde_json::to_vec(&json::short_document(octets))?);
        };
        self.add("text", TextForm(packet).to_string().as_bytes())?;
        self.add("text", &serde_json::to_vec(&json::document(&packet, &anomalies(&packet)))?)?;
        packet.instances().try_for_each(|part| self.value(part.code.0, part.octets))
    }

    /// A value, as octets and as text.
    fn value(&self, code: u8, octets: &[u8]) -> io::Result<()> {
        let text = value_text(dhcpsim::options::Code(code), octets);
        self.add("value", &[&[code], octets].concat())?;
        self.add("value", &[&[code], text.as_bytes()].concat())
    }
}
