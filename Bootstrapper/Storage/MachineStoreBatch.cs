using System.Text;
using System.Text.Json;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Storage;

/// <content>How waiting events become one commit.</content>
public sealed partial class MachineStore
{
    /// <summary>Events folded one after the other over what is published, waiting for one commit.</summary>
    private sealed class Batch(MachineStore store)
    {
        private readonly Dictionary<MacAddress, Machine> folded = [];
        private readonly HashSet<MacAddress> durable = [];
        private readonly Dictionary<Ipv4Address, MacAddress?> holders = [];
        private readonly HashSet<MacAddress> forgotten = [];
        private readonly List<Change> changes = [];

        public List<(Pending Pending, Machine Machine, bool Applied)> Outcomes { get; } = [];

        public void Add(Pending pending)
        {
            if (pending.Event is not { } happened)
            {
                Forget(pending);
                return;
            }
            var before = Known(happened.Mac) ?? Machine.New(happened.Mac, happened.At);
            var repeats = Repeats(before, happened);
            var after = repeats ? before : before.Apply(happened);
            changes.AddRange(pending.With);
            if (repeats)
            {
                Outcomes.Add((pending, before, false));
                return;
            }
            if (happened.IsDurable)
            {
                changes.Add(new Change(EventKey(before.Mac, before.NextSequence), JsonSerializer.SerializeToUtf8Bytes(happened, LifecycleJson.Default.MachineEvent)));
                if (before.NextSequence >= Machine.TimelineLimit) changes.Add(new Change(EventKey(before.Mac, before.NextSequence - Machine.TimelineLimit), null));
                durable.Add(before.Mac);
            }
            if (before.Address != after.Address && before.Address is { } left && HolderOf(left) == before.Mac) holders[left] = null;
            if (happened is Leased or AddressSeen && after.Address is { } held) holders[held] = happened.Mac;
            folded[before.Mac] = after;
            Outcomes.Add((pending, after, true));
        }

        /// <summary>The record so far, in this batch or before it.</summary>
        private Machine? Known(MacAddress mac) => folded.GetValueOrDefault(mac) ?? (forgotten.Contains(mac) ? null : store.Find(mac));

        private void Forget(Pending pending)
        {
            var before = Known(pending.Mac) ?? Machine.New(pending.Mac, default);
            for (var sequence = Math.Max(0, before.NextSequence - Machine.TimelineLimit); sequence < before.NextSequence; sequence++)
                changes.Add(new Change(EventKey(before.Mac, sequence), null));
            changes.Add(new Change(MachineKey(before.Mac), null));
            if (before.Address is { } left && HolderOf(left) == before.Mac) holders[left] = null;
            folded.Remove(before.Mac);
            durable.Remove(before.Mac);
            forgotten.Add(before.Mac);
            Outcomes.Add((pending, before, true));
        }

        public List<Change> Changes() =>
        [
            .. changes,
            .. durable.Select(mac => new Change(MachineKey(mac), JsonSerializer.SerializeToUtf8Bytes(folded[mac], LifecycleJson.Default.Machine))),
            .. holders.Select(holder => new Change(AddressKey(holder.Key), holder.Value is { } mac ? Encoding.ASCII.GetBytes(mac.ToString()) : null)),
        ];

        public void Publish()
        {
            foreach (var mac in forgotten) store.machines.TryRemove(mac, out _);
            foreach (var (mac, machine) in folded) store.machines[mac] = machine;
            foreach (var (address, holder) in holders)
            {
                if (holder is { } mac) store.byAddress[address] = mac;
                else store.byAddress.TryRemove(address, out _);
            }
        }

        private MacAddress? HolderOf(Ipv4Address address) =>
            holders.TryGetValue(address, out var holder) ? holder : store.byAddress.TryGetValue(address, out var mac) ? mac : null;
    }
}
