using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Tests.Machines;

namespace Sextant.Tests.Fuzz;

/// <summary>
/// Every reader of what others send, with inputs that have the format's shape and inputs that were mutated from real ones: no exception, no hang, no more
/// memory than the input's length explains. A hundred thousand each by default; <c>bench/soak.sh</c> gives each ten million.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.None)]
public sealed class FuzzTests
{
    /// <summary>How many inputs each reader gets.</summary>
    private const string CountVariable = "SEXTANT_FUZZ_INPUTS";

    /// <summary>Where the row of inputs begins: two whole numbers with a comma, as FsCheck prints them; without it a run has a row of its own.</summary>
    private const string SeedVariable = "SEXTANT_FUZZ_SEED";

    private const long OctetsPerOctet = 512;

    private static readonly int Inputs = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "100000", CultureInfo.InvariantCulture);

    private static IEnumerable<TestCaseData> Targets => FuzzTarget.All().Select(target => new TestCaseData(target).SetArgDisplayNames(target.Name));

    [TestCaseSource(nameof(Targets))]
    public void Whatever_comes_is_read_or_refused(object reader)
    {
        var target = (FuzzTarget)reader;
        foreach (var seed in target.Seeds) Check(target, seed);
        var accepted = 0L;
        var inputs = Math.Max(1000, Inputs / target.Share);
        var mutated = Gen.Choose(int.MinValue, int.MaxValue).Select(number => Mutation.Of(target.Seeds, new Random(number)));
        var octets = Gen.Frequency((3, mutated), (1, target.Shaped));
        Prop.ForAll(octets.ToArbitrary(), each =>
        {
            if (Check(target, each)) accepted++;
            return true;
        }).Check(Configuration.WithMaxTest(inputs));
        TestContext.Out.WriteLine($"{target.Name}: {inputs} inputs, {accepted} of them accepted; the process had at most {MachineLab.PeakMemoryMiB(Environment.ProcessId)} MiB resident");
        Assert.That(accepted, Is.LessThan(inputs), "inputs that are all right test nothing");
    }

    [Test]
    public void The_readers_of_every_protocol_are_among_them() =>
        Assert.That(FuzzTarget.All().Select(target => target.Name), Is.SupersetOf(["DhcpReader", "TftpReader", "ClusterFile"]).And.Unique);

    private static Config Configuration => Environment.GetEnvironmentVariable(SeedVariable) is { } seed && seed.Split(',') is [var one, var other]
        ? Config.QuickThrowOnFailure.WithReplay(ulong.Parse(one, CultureInfo.InvariantCulture), ulong.Parse(other, CultureInfo.InvariantCulture))
        : Config.QuickThrowOnFailure;

    private static bool Check(FuzzTarget target, byte[] octets)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        bool read;
        try
        {
            read = target.Read(octets);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{target.Name} throws on {Convert.ToHexString(octets)}", failure);
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > target.Allowance + OctetsPerOctet * octets.Length)
            throw new InvalidOperationException($"{target.Name} allocates {allocated} octets on {octets.Length}: {Convert.ToHexString(octets)}");
        return read;
    }
}
