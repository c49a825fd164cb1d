//! One stage at a time, next to plain aho-corasick on the same phrases: `cargo bench --bench stages`.

mod texts;

use aho_corasick::AhoCorasick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dechaff::{Filter, Pack, folded, telling_phrases};

fn stages(c: &mut Criterion) {
    let filter = Filter::builtin();
    let rules = Pack::builtin().and_then(|pack| pack.rules()).expect("the built-in rules");
    let plain = AhoCorasick::new(telling_phrases(&rules)).expect("an automaton");
    for (name, text) in texts::texts() {
        let view = folded(&text);
        let mut group = c.benchmark_group("stages");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        group.bench_function(format!("0 screen/{name}"), |b| b.iter(|| filter.stage_screen(&text)));
        group.bench_function(format!("1 view/{name}"), |b| b.iter(|| filter.stage_view(&text)));
        group.bench_function(format!("2 view, telling/{name}"), |b| b.iter(|| filter.stage_telling(&text)));
        group.bench_function(format!("3 view, telling, suspect/{name}"), |b| b.iter(|| filter.stage_suspect(&text)));
        group.bench_function(format!("4 all/{name}"), |b| b.iter(|| filter.check(&text)));
        group.bench_function(format!("aho-corasick on the view/{name}"), |b| {
            b.iter(|| plain.find_overlapping_iter(&view).count());
        });
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
