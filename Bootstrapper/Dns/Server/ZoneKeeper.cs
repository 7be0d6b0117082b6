using System.Collections.Immutable;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>
/// Keeps what is answered up to date: writes the zones out anew when the plan, a lease that gives a name or the health of a master changed. Answers are given
/// from a whole that is swapped, so no query waits for it.
/// </summary>
public sealed class ZoneKeeper(CurrentPlan plans, LeaseSource leases, AnsweringApis answering, TimeProvider time, ILogger log)
{
    /// <summary>How often it is looked whether something changed; a storm of leases is written out at most this often.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>The pause after a look, in times of what the look took: all names of a large site take a while to write out, and get this part of the time only.</summary>
    public const int PauseFactor = 20;

    private volatile ClusterPlan? plan;
    private long leaseVersion = -1;
    private IReadOnlyList<LeasedName> leased = [];
    private ImmutableHashSet<Ipv4Address> alive = [];
    private uint serial;
    private volatile DnsView? view;

    /// <summary>What is in force; there after the first <see cref="Look"/>.</summary>
    public DnsView View => view ?? throw new InvalidOperationException("nothing was written out yet");

    /// <summary>The plan that it was written from.</summary>
    public NamePlan Names => plan!.Names;

    /// <summary>Writes everything out if something changed. Not to be called concurrently.</summary>
    public void Look()
    {
        var (planNow, versionNow, aliveNow) = (plans.Value, leases.Version(), answering.Addresses);
        var isSamePlan = ReferenceEquals(planNow, plan);
        if (isSamePlan && versionNow == leaseVersion && ReferenceEquals(aliveNow, alive)) return;
        var names = planNow.Names;
        // A rack of planned machines that is switched on changes no name.
        var leasedNow = LeasedName.Unplanned(leases.Read(), names).ToList();
        if (isSamePlan && ReferenceEquals(aliveNow, alive) && leasedNow.SequenceEqual(leased))
        {
            leaseVersion = versionNow;
            return;
        }
        var now = time.GetUtcNow();
        // Seconds, as zones that are written by a program have them, and one more when there are two in a second (RFC 1982).
        serial = Math.Max((uint)now.ToUnixTimeSeconds(), serial + 1);
        var zones = ZoneBuilder.Build(names, leasedNow, aliveNow, serial, now);
        view = new DnsView(zones, names.Clients, names.Server, names.Upstreams.Count > 0);
        (plan, leaseVersion, leased, alive) = (planNow, versionNow, leasedNow, aliveNow);
        DnsLog.Rebuilt(log, zones.Count, serial);
    }

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                var began = time.GetTimestamp();
                try
                {
                    Look();
                }
                catch (Exception failure)
                {
                    DnsLog.NotRebuilt(log, failure);
                }
                if (time.GetElapsedTime(began) * PauseFactor is var pause && pause > Period) await Task.Delay(pause, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
