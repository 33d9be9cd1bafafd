//! dhcpsim's codec beside dhcproto and toe-beans, in one run.
//!
//! Each round gives every case the same messages in turn, some hundred microseconds each, so that a noisy
//! neighbour disturbs all of them alike. Shown are medians over the rounds; a ratio is the median of the rounds'
//! ratios. `cargo run --release` prints the table; `-- --only CASE SET PASSES` runs one case for a profiler.

mod counting;
mod messages;
mod ours;
mod rivals;

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use messages::Set;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// How long one case runs in one round.
const SLICE: Duration = Duration::from_micros(400);

/// Something that is measured: runs over all messages of a set once.
struct Case<'a> {
    name: &'static str,
    pass: Box<dyn FnMut() + 'a>,
}

/// What a set's messages are to each codec, made before anything is measured.
struct Prepared {
    name: &'static str,
    /// What is built.
    specs: Vec<messages::Spec>,
    /// What is read: the options in the order of the set.
    octets: Vec<Vec<u8>>,
    dhcproto: Vec<dhcproto::v4::Message>,
    toe_buffers: Vec<toe_beans::v4::UndecodedMessage>,
    toe_beans: Vec<toe_beans::v4::Message>,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let sets: Vec<Prepared> = messages::sets().into_iter().map(prepare).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--only", case, set, passes] => only(&sets, case, set, passes.parse().expect("passes are a number")),
        ["--rounds", rounds] => table(&sets, rounds.parse().expect("rounds are a number")),
        [] => table(&sets, 400),
        _ => panic!("usage: rivals [--rounds N | --only CASE SET PASSES]"),
    }
}

fn prepare(set: Set) -> Prepared {
    let octets: Vec<Vec<u8>> =
        set.specs.iter().map(|spec| ours::build(spec, Vec::new(), &mut Vec::new())).collect();
    let prepared = Prepared {
        name: set.name,
        dhcproto: octets.iter().map(|octets| rivals::dhcproto_decode(octets)).collect(),
        toe_buffers: octets.iter().map(|octets| rivals::toe_beans_buffer(octets)).collect(),
        toe_beans: octets
            .iter()
            .map(|octets| rivals::toe_beans_decode(&rivals::toe_beans_buffer(octets)))
            .collect(),
        specs: set.specs.iter().map(messages::Spec::ascending).collect(),
        octets,
    };
    check(&prepared);
    prepared
}

/// All have read every option, and what they build says the same.
fn check(set: &Prepared) {
    for (index, octets) in set.octets.iter().enumerate() {
        let options = set.specs[index].options.len();
        assert!((8..=14).contains(&options), "{}: {options} options", set.name);
        assert!(ours::read(octets).is_some(), "{}: dhcpsim finds fault with {octets:02x?}", set.name);
        assert_eq!(options, ours::count(octets), "{}: dhcpsim", set.name);
        assert_eq!(options, set.dhcproto[index].opts().iter().count(), "{}: dhcproto", set.name);
        assert!(set.toe_beans[index].options.find_option(82).is_some(), "{}: toe-beans", set.name);
        let mut buffer = Vec::new();
        let size = rivals::dhcproto_encode(&set.dhcproto[index], &mut buffer);
        assert_eq!(set.dhcproto[index], rivals::dhcproto_decode(&buffer[..size]), "{}", set.name);
        let built = ours::build(&set.specs[index], Vec::new(), &mut Vec::new());
        assert_eq!(Some(&buffer[..size]), built.get(..size), "{}: dhcproto builds the same", set.name);
        let toe_beans = rivals::toe_beans_encode(&set.toe_beans[index]);
        assert_eq!(Some(&toe_beans[..]), octets.get(..toe_beans.len()), "{}: toe-beans does", set.name);
        assert_eq!(ours::read(octets), ours::read_values(octets), "{}: both ways read the same", set.name);
    }
}

fn reading(set: &Prepared) -> Vec<Case<'_>> {
    vec![
        Case {
            name: "dhcpsim, all read",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(ours::read(black_box(octets)));
                }
            }),
        },
        Case {
            name: "  of which Packet::parse",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(ours::parse(black_box(octets)));
                }
            }),
        },
        Case {
            name: "dhcpsim, by each_value",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(ours::read_values(black_box(octets)));
                }
            }),
        },
        Case {
            name: "dhcproto decode",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(rivals::dhcproto_decode(black_box(octets)));
                }
            }),
        },
        Case {
            name: "toe-beans from_bytes",
            pass: Box::new(|| {
                for buffer in &set.toe_buffers {
                    black_box(rivals::toe_beans_decode(black_box(buffer)));
                }
            }),
        },
        Case {
            name: "dhcproto borrowed, cut out",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(rivals::dhcproto_borrowed(black_box(octets)));
                }
            }),
        },
        Case {
            name: "bare walk (the limit)",
            pass: Box::new(|| {
                for octets in &set.octets {
                    black_box(rivals::bare_walk(black_box(octets)));
                }
            }),
        },
    ]
}

fn building(set: &Prepared) -> Vec<Case<'_>> {
    let mut buffer = Vec::with_capacity(1024);
    let mut scratch = Vec::with_capacity(255);
    let mut encoded = Vec::with_capacity(1024);
    let mut copied = Vec::with_capacity(1024);
    vec![
        Case {
            name: "dhcpsim, all options",
            pass: Box::new(move || {
                for spec in &set.specs {
                    let reused = std::mem::take(&mut buffer);
                    buffer = black_box(ours::build(black_box(spec), reused, &mut scratch));
                }
            }),
        },
        Case {
            name: "dhcproto encode",
            pass: Box::new(move || {
                for message in &set.dhcproto {
                    black_box(rivals::dhcproto_encode(black_box(message), &mut encoded));
                    black_box(&encoded);
                }
            }),
        },
        Case {
            name: "toe-beans to_bytes",
            pass: Box::new(|| {
                for message in &set.toe_beans {
                    black_box(rivals::toe_beans_encode(black_box(message)));
                }
            }),
        },
        Case {
            name: "bare copy (the limit)",
            pass: Box::new(move || {
                for octets in &set.octets {
                    black_box(rivals::bare_copy(black_box(octets), &mut copied));
                    black_box(&copied);
                }
            }),
        },
    ]
}

fn only(sets: &[Prepared], case: &str, set: &str, passes: u64) {
    let set = sets.iter().find(|known| known.name == set).expect("a set of this name");
    let mut cases = reading(set).into_iter().chain(building(set));
    let mut case = cases.find(|known| known.name == case).expect("a case of this name");
    (0..passes).for_each(|_| (case.pass)());
}

fn table(sets: &[Prepared], rounds: usize) {
    for (title, cases) in
        [("reading", reading as fn(&Prepared) -> Vec<Case<'_>>), ("building", building as _)]
    {
        println!(
            "{title:<10} {:<28}{:>10}{:>10}{:>12}{:>12}",
            "case", "ns", "allocs", "to dhcpsim", "x the limit"
        );
        for set in sets {
            measure(set.name, &mut cases(set), set.specs.len(), rounds);
        }
        println!();
    }
}

/// Prints a row for each case; the first is ours, the last is the limit.
fn measure(name: &str, cases: &mut [Case<'_>], messages: usize, rounds: usize) {
    let passes: Vec<u32> = cases.iter_mut().map(|case| passes(&mut case.pass)).collect();
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    for _ in 0..rounds {
        for ((case, times), &passes) in cases.iter_mut().zip(&mut times).zip(&passes) {
            let start = Instant::now();
            (0..passes).for_each(|_| (case.pass)());
            times.push(start.elapsed().as_nanos() as f64 / f64::from(passes) / messages as f64);
        }
    }
    for (index, case) in cases.iter_mut().enumerate() {
        let before = counting::allocations();
        (case.pass)();
        let allocations = (counting::allocations() - before) as f64 / messages as f64;
        println!(
            "{:<10} {:<28}{:>10.1}{:>10.1}{:>12.2}{:>12.2}",
            name,
            case.name,
            median(times[index].clone()),
            allocations,
            ratio(&times[index], &times[0]),
            ratio(&times[index], &times[times.len() - 1]),
        );
    }
}

/// Passes that take about a slice of time.
fn passes(pass: &mut dyn FnMut()) -> u32 {
    let start = Instant::now();
    let mut passes = 0;
    while start.elapsed() < 20 * SLICE {
        pass();
        passes += 1;
    }
    (passes / 20).max(1)
}

/// The median of the rounds' ratios.
fn ratio(times: &[f64], base: &[f64]) -> f64 {
    median(times.iter().zip(base).map(|(time, base)| time / base).collect())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
