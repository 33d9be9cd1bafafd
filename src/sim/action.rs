//! What a scenario does to its network while it runs.

use core::time::Duration;
use std::sync::Arc;

use super::describe;
use super::dice::Dice;
use super::disk::Temper;
use super::node::{Host, Node, NodeId, PopulationId, SegmentId, place};
use super::path::Quality;
use super::population::Life;
use super::world::World;
use crate::server::Config;

/// Something that is done to a network.
#[derive(Clone, Debug)]
pub enum Action {
    /// A server ends at once.
    Crash(NodeId),
    /// A server crashes when its next commit is durable and not answered.
    CrashOnWrite(NodeId),
    /// A server starts on what its store has.
    Start(NodeId),
    /// A node's cables are pulled, or put in again.
    Plug(NodeId, bool),
    /// A segment carries nothing, or carries again.
    Up(SegmentId, bool),
    /// A segment is as good as this.
    Quality(SegmentId, Quality),
    /// A store behaves like this.
    Store(NodeId, Temper),
    /// A node's clock is set: so many microseconds ahead, or back.
    Jump(NodeId, i64),
    /// A server serves something else. The configuration should have been checked.
    Reload(NodeId, Arc<Config>),
    /// Customers lose their power.
    Dark(PopulationId),
    /// Customers have power again, and come within this time.
    Light(PopulationId, Duration),
    /// Customers who are there leave, as they do.
    Leave(PopulationId),
}

impl World {
    pub(super) fn act(&mut self, action: Action) {
        if let Some(observer) = &mut self.observer {
            observer.acted(self.now, &action);
        }
        match action {
            Action::Crash(node) => {
                self.note(|world| format!("{} crashes", world.node_name(node)));
                let runs = self.node_mut(node).and_then(Node::serving).is_some_and(|it| it.server.is_some());
                self.crash(node.0);
                if runs {
                    self.tell_of(node.0, |observer, now, who| observer.crashed(now, who, false));
                }
            }
            Action::CrashOnWrite(node) => {
                self.note(|world| format!("{} is to crash at its next write", world.node_name(node)));
                if let Some(serving) = self.node_mut(node).and_then(Node::serving) {
                    serving.disk.crash_on_write = true;
                }
            }
            Action::Start(node) => {
                self.note(|world| format!("{} starts", world.node_name(node)));
                self.boot(node.0);
                self.give();
            }
            Action::Plug(node, plugged) => {
                let how = if plugged { "is plugged in" } else { "is unplugged" };
                self.note(|world| format!("{} {how}", world.node_name(node)));
                if let Some(node) = self.node_mut(node) {
                    node.plugged = plugged;
                }
            }
            Action::Up(segment, up) => {
                let how = if up { "carries again" } else { "carries nothing" };
                self.note(|world| format!("{} {how}", world.segment_name(segment)));
                if let Some(segment) = self.segments.get_mut(place(segment.0)) {
                    segment.up = up;
                }
            }
            Action::Quality(segment, quality) => {
                self.note(|world| {
                    format!("{}: {}", world.segment_name(segment), describe::quality(&quality))
                });
                if let Some(segment) = self.segments.get_mut(place(segment.0)) {
                    segment.quality = quality;
                }
            }
            Action::Store(node, temper) => {
                self.note(|world| {
                    format!("the store of {}: {}", world.node_name(node), describe::temper(&temper))
                });
                if let Some(serving) = self.node_mut(node).and_then(Node::serving) {
                    serving.disk.temper = temper;
                }
            }
            Action::Jump(node, micros) => self.jump(node, micros),
            Action::Reload(node, config) => self.reload(node, Config::clone(&config)),
            Action::Dark(population) => {
                self.note(|world| format!("{}: power is out", world.population_name(population)));
                self.each(population, |world, number, _| world.goes_dark(number));
            }
            Action::Light(population, within) => self.light(population, within),
            Action::Leave(population) => self.each(population, |world, number, life| {
                if life == Life::Online {
                    world.leave(number);
                }
            }),
        }
    }

    fn jump(&mut self, node: NodeId, micros: i64) {
        self.note(|world| {
            let sign = if micros < 0 { "-" } else { "" };
            let by = describe::time(Duration::from_micros(micros.unsigned_abs()));
            format!("the clock of {} jumps by {sign}{by}", world.node_name(node))
        });
        if let Some(node) = self.node_mut(node) {
            node.clock.jump(micros);
        }
        // What was due later may be due at once.
        self.arm_node(node.0);
    }

    fn reload(&mut self, node: NodeId, config: Config) {
        self.note(|world| format!("{} is configured anew", world.node_name(node)));
        if let Some(serving) = self.node_mut(node).and_then(Node::serving) {
            serving.config = config.clone();
            serving.reloading = !serving.disk.is_idle();
            if let Some(server) = &mut serving.server {
                server.reconfigure(config);
            }
        }
        self.give();
        self.arm_node(node.0);
    }

    fn light(&mut self, population: PopulationId, within: Duration) {
        let (now, seed) = (self.now, self.seed);
        self.note(|world| format!("{}: power is back", world.population_name(population)));
        self.each(population, |world, number, life| {
            if life != Life::Dark {
                return;
            }
            if let Some(customer) = world.customers.get_mut(place(number)) {
                let mut dice: Dice = customer.dice(seed);
                customer.life = Life::Away;
                customer.until = now + dice.up_to(within);
            }
            world.arm_customer(number);
        });
    }

    /// Does something with each customer of a population.
    fn each(&mut self, population: PopulationId, mut change: impl FnMut(&mut World, u32, Life)) {
        for number in 0..u32::try_from(self.customers.len()).unwrap_or(u32::MAX) {
            let customer = self.customers.get(place(number));
            let customer = customer.filter(|customer| customer.population == population.0);
            if let Some(life) = customer.map(|customer| customer.life) {
                change(self, number, life);
            }
        }
    }

    fn node_mut(&mut self, node: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(place(node.0))
    }

    fn node_name(&self, node: NodeId) -> String {
        self.name(Host::Node(node.0, 0))
    }

    fn population_name(&self, population: PopulationId) -> String {
        self.populations
            .get(place(population.0))
            .map_or_else(String::new, |population| population.name.clone())
    }

    fn segment_name(&self, segment: SegmentId) -> String {
        self.segments.get(place(segment.0)).map_or_else(String::new, |segment| segment.name.clone())
    }
}
