//! From a scenario to a world.

use super::{NodePlan, RolePlan, Scenario};
use crate::sim::world::World;
use crate::time::Instant;

impl Scenario {
    /// The network of the scenario at its start; all that is random follows from the seed.
    #[must_use]
    pub fn build(&self, seed: u64) -> World {
        let mut world = World::new(seed);
        world.set_routed(self.routed);
        for (name, quality) in &self.segments {
            world.segment(name, *quality);
        }
        for node in &self.nodes {
            add(&mut world, node);
        }
        for population in &self.populations {
            world.population(population.clone());
        }
        for (at, action) in &self.events {
            world.plan(*at, action.clone());
        }
        if self.measure_from > Instant::EPOCH {
            world.measure_from(self.measure_from);
        }
        world.sample_every(self.sample_every);
        world
    }

    /// When it ends.
    #[must_use]
    pub fn end(&self) -> Instant {
        Instant::EPOCH + self.duration
    }
}

fn add(world: &mut World, plan: &NodePlan) {
    match &plan.role {
        RolePlan::Server { config, temper, rogue } => {
            let id = world.server(&plan.name, &plan.ports, Clone::clone(config), *temper);
            if *rogue {
                world.set_rogue(id);
            }
            if !plan.clock.is_right() {
                world.set_clock(id, plan.clock);
            }
        }
        RolePlan::Relay(config) => {
            world.relay(&plan.name, &plan.ports, Clone::clone(config));
        }
        RolePlan::Host => {
            world.host(&plan.name, &plan.ports);
        }
    }
}
