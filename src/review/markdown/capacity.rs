//! What fits on the nodes of a cluster, below the instance types that change.

use super::escape::{code, escape_prose};
use super::table::{part_cell, render_table};
use super::{Detail, Frame, mermaid, with_count};
use crate::{
    Capacity, ClusterTypes, Counted, InstanceTypes, Resource, Review, Room, TypeChange,
    TypeOutcome, TypeRoom,
};

/// What fits of the types of a compute; nothing where the plan does not tell.
pub(super) fn of_resource(
    review: &Review, resource: &Resource, detail: Detail, frame: &Frame,
) -> String {
    let own = |one: &&Capacity| one.compute.as_deref() == Some(&*resource.address);
    let types = resource.instance_types.as_ref().filter(|_| resource.deposed.is_none());
    let found = review.capacity.iter().find(own).zip(types);
    found.map(|(told, types)| block(told, types, detail, frame)).unwrap_or_default()
}

/// The same of the instance types that are resources of one cluster.
pub(super) fn of_cluster(
    review: &Review, cluster: &ClusterTypes, detail: Detail, frame: &Frame,
) -> String {
    let id = cluster.cluster_id.text();
    let own = |one: &&Capacity| one.compute.is_none() && Some(&one.cluster_id) == id.as_ref();
    let found = review.capacity.iter().find(own);
    found.map(|told| block(told, &cluster.instance_types, detail, frame)).unwrap_or_default()
}

const HEAD: [&str; 7] = [
    "Instance type",
    "Requests",
    "Node selector",
    "Jobs that fit now",
    "Replicas that fit now",
    "What keeps the next job away",
    "Pools that can grow",
];

fn block(told: &Capacity, types: &InstanceTypes, detail: Detail, frame: &Frame) -> String {
    let rooms = told.types.iter();
    let pairs = rooms.filter_map(|room| Some((room, type_of(types, &room.name)?)));
    let (changed, others): (Vec<_>, Vec<_>) = pairs.partition(|(_, each)| each.changes());
    let row = |(room, each): &(&TypeRoom, &TypeChange)| row(room, each, detail);
    let rows: Vec<_> = changed.iter().take(detail.rows).map(row).collect();
    let more = match changed.len() - rows.len() {
        0 => String::new(),
        more => format!("\n_{}._\n", with_count(more, "more instance type", "more instance types")),
    };
    let picture = if frame.has_pictures() && detail.unchanged && !changed.is_empty() {
        let rooms: Vec<_> = changed.iter().map(|(room, _)| *room).collect();
        format!("\n{}", mermaid::picture(&rooms))
    } else {
        String::new()
    };
    let folded = match others.len() {
        0 => String::new(),
        count => {
            let summary = with_count(
                count,
                "more instance type, which does not change",
                "more instance types, which do not change",
            );
            if detail.unchanged {
                let table = render_table(&HEAD, &others.iter().map(row).collect::<Vec<_>>());
                format!("\n<details><summary>{summary}</summary>\n\n{table}\n</details>\n")
            } else {
                format!("\n{summary}.\n")
            }
        }
    };
    let source = code(&told.source);
    let table = render_table(&HEAD, &rows);
    format!("\nWhat fits on the nodes now, by {source}:\n\n{table}{more}{picture}{folded}")
}

fn type_of<'a>(types: &'a InstanceTypes, name: &str) -> Option<&'a TypeChange> {
    types.types.iter().find(|each| each.name == name)
}

fn row(room: &TypeRoom, each: &TypeChange, detail: Detail) -> Vec<String> {
    // What it asks for after the apply, whatever it asks for now.
    let cell = |part| part_cell(part, TypeOutcome::Added, detail);
    let note = match room.counted {
        Counted::AsPlanned => "",
        Counted::AsInCluster => "<br>counted as it is in the cluster",
        Counted::Otherwise => "<br>counted with other amounts or labels",
    };
    let fits = |room: &Room| room.fits.map_or("_not told_".to_owned(), |fits| fits.to_string());
    vec![
        format!("{}{note}", code(&room.name)),
        cell(&each.requests),
        cell(&each.node_selector),
        fits(&room.training),
        fits(&room.deployment),
        list(&room.training.blocked_by, escape_prose, detail),
        list(&room.training.can_grow, code, detail),
    ]
}

fn list(texts: &[String], show: fn(&str) -> String, detail: Detail) -> String {
    let mut lines: Vec<String> = texts.iter().take(detail.entries).map(|it| show(it)).collect();
    match texts.len() - lines.len() {
        0 if texts.is_empty() => return "–".to_owned(),
        0 => {}
        more => lines.push(format!("_and {more} more_")),
    }
    lines.join("<br>")
}
