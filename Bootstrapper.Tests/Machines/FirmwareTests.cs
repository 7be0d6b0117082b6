using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>
/// Real firmware that the other racks do not have, each as far as shows that it is served: UEFI HTTP Boot, Secure Boot that is enforced, and 64-bit ARM. One
/// bootstrapper, one machine at a time, about five minutes in all. BIOS and UEFI PXE go all the way to a healthy cluster in <see cref="ClusterFromNothingTests"/>.
/// </summary>
[TestFixture, Category("Machine"), NonParallelizable, FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class FirmwareTests : IDisposable
{
    private const int Patience = 8 * 60_000;
    private static readonly MachineFirmware[] Firmwares = [MachineFirmware.HttpBoot, MachineFirmware.SecureBoot, MachineFirmware.Arm64];
    private readonly Rack rack = new(MachineLab.NewFolder("firmware"), TimeProvider.System);
    private readonly TestKit.TemporaryFolder folder = new();
    private HttpClient? asOperator;

    private HttpClient Operator => asOperator ??= MachineLab.Operator(rack.Folder);

    private string Description => folder.At("cluster-desc.yaml");

    [OneTimeSetUp]
    public async Task BuildTheRack()
    {
        foreach (var file in new[] { "snponly.efi", "ipxe-arm64.efi", "shimx64.efi", "grubx64.efi", "debian/vmlinuz", "debian/live.img" })
        {
            var path = Path.Combine(MachineLab.Assets, file);
            Assert.That(File.Exists(path), Is.True, $"{path} is missing: 'sextant assets build loaders' and 'build debian' make it; build.sh does so before it runs these tests.");
        }
        await File.WriteAllTextAsync(Description, Repository.Read("cluster-desc.example.yaml"));
        var plan = RackPlanner.Plan(ClusterFile.Load(Description).Description!, new RackRequest
        {
            DescriptionFile = Description,
            AssetFolder = MachineLab.Assets,
            Program = MachineLab.Program,
            Name = $"firmware-{Environment.ProcessId}",
            Port = MachineLab.Port,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        plan = plan with { Machines = [.. plan.Machines.Zip(Firmwares, (machine, firmware) => machine with { Firmware = firmware })] };
        Prerequisites.Check(Firmwares);
        await rack.BuildAsync(plan);
    }

    [TearDown]
    public async Task ReportFailure()
    {
        await MachineLab.ReportFailureAsync(rack);
        foreach (var machine in rack.State.Machines) await rack.PowerOffAsync(machine.Mac);
    }

    [OneTimeTearDown]
    public async Task RemoveTheRack()
    {
        if (rack.Exists) await rack.TakeDownAsync(keepFolder: false);
        folder.Dispose();
    }

    public void Dispose() => asOperator?.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task UEFI_HTTP_Boot_fetches_its_loader_by_URL_and_goes_on_to_the_kernel(CancellationToken cancellation)
    {
        var machine = await PowerOnAsync(MachineFirmware.HttpBoot, cancellation);
        await HappensAsync(machine, "boot file snponly.efi sent by HTTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
        await ShowsAsync(machine, "Linux version", cancellation);
        Assert.That((await MachineLab.TimelineAsync(Operator, machine, cancellation)).Select(entry => entry.Summary), Has.None.Contains("TFTP"));
    }

    [Test, CancelAfter(2 * Patience)]
    public async Task Secure_Boot_refuses_an_unsigned_loader_and_boots_the_signed_chain(CancellationToken cancellation)
    {
        var machine = await PowerOnAsync(MachineFirmware.SecureBoot, cancellation);
        await HappensAsync(machine, "boot file snponly.efi sent by TFTP", cancellation);
        await ShowsAsync(machine, "Access Denied", cancellation);
        Assert.That((await MachineLab.TimelineAsync(Operator, machine, cancellation)).Select(entry => entry.Summary), Has.None.Contains("boot script"), "iPXE did not run");

        var text = await File.ReadAllTextAsync(Description, cancellation);
        await File.WriteAllTextAsync(Description, text.Replace($"hostname: {machine.Hostname}\n", $"hostname: {machine.Hostname}\n    boot_chain: secure-boot\n", StringComparison.Ordinal), cancellation);
        await rack.PowerOffAsync(machine.Mac, cancellation);
        await rack.PowerOnAsync(machine.Mac, cancellation);
        await HappensAsync(machine, "boot file shimx64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot file grubx64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
        await ShowsAsync(machine, "Secure boot enabled", cancellation);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_64_bit_ARM_machine_loads_the_iPXE_of_its_architecture_and_asks_for_its_own_script(CancellationToken cancellation)
    {
        var machine = await PowerOnAsync(MachineFirmware.Arm64, cancellation);
        await HappensAsync(machine, "boot file ipxe-arm64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
    }

    private async Task<RackMachine> PowerOnAsync(MachineFirmware firmware, CancellationToken cancellation)
    {
        var machine = rack.State.Machines.Single(machine => machine.Firmware == firmware);
        await rack.PowerOnAsync(machine.Mac, cancellation);
        return machine;
    }

    /// <summary>Waits until it is in the machine's history.</summary>
    private async Task HappensAsync(RackMachine machine, string summary, CancellationToken cancellation)
    {
        while (!(await TimelineAsync(machine, cancellation)).Contains(summary)) await Task.Delay(500, cancellation);
    }

    /// <summary>The summaries of a machine's history; empty while it was never seen.</summary>
    private async Task<IReadOnlyList<string>> TimelineAsync(RackMachine machine, CancellationToken cancellation)
    {
        var seen = await Operator.GetStringAsync(new Uri("api/v1/nodes", UriKind.Relative), cancellation);
        return seen.Contains(machine.Mac.ToString(), StringComparison.OrdinalIgnoreCase)
            ? [.. (await MachineLab.TimelineAsync(Operator, machine, cancellation)).Select(entry => entry.Summary)]
            : [];
    }

    /// <summary>Waits until the machine's serial console shows it.</summary>
    private async Task ShowsAsync(RackMachine machine, string text, CancellationToken cancellation)
    {
        var log = rack.Folder.Machine(machine.Hostname).ConsoleLog;
        while (!LogTail.Read(log, 10_000).Contains(text, StringComparison.Ordinal)) await Task.Delay(500, cancellation);
    }
}
