//! The whole filter, in bytes a second: `cargo bench --bench filter`.

mod texts;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dechaff::Filter;

fn whole(c: &mut Criterion) {
    let filter = Filter::builtin();
    for (name, text) in texts::texts() {
        // The count comes first: a filter that finds nothing is fast and wrong.
        let found = filter.check(&text).junk().count();
        assert_eq!(found > 0, name.ends_with("-junk"), "{name}: {found} segments");
        let mut group = c.benchmark_group("filter");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        group.bench_function(format!("check/{name}"), |b| b.iter(|| filter.check(&text)));
        group.bench_function(format!("clean/{name}"), |b| b.iter(|| filter.clean(&text).text.len()));
        group.finish();
    }
}

fn start(c: &mut Criterion) {
    let mut group = c.benchmark_group("start");
    group.sample_size(10);
    group.bench_function("build", |b| b.iter(Filter::builtin));
    group.finish();
}

criterion_group!(benches, whole, start);
criterion_main!(benches);
