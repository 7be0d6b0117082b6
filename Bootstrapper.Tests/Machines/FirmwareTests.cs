using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>
/// Real firmware that the other racks do not have: UEFI HTTP Boot and 64-bit ARM as far as shows that they are served, and Secure Boot that is enforced all the way
/// into the installed system. One rack, whose machines are powered on together: each test waits for its own. BIOS and UEFI PXE go to a healthy cluster in
/// <see cref="ClusterFromNothingTests"/>.
/// </summary>
[TestFixture, Category("Machine"), NonParallelizable, FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class FirmwareTests : IDisposable
{
    private const int Patience = 10 * 60_000;
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
        foreach (var machine in rack.State.Machines) await rack.PowerOnAsync(machine.Mac);
    }

    [TearDown]
    public Task ReportFailure() => MachineLab.ReportFailureAsync(rack);

    [OneTimeTearDown]
    public async Task RemoveTheRack()
    {
        if (rack.Exists) await rack.TakeDownAsync(keepFolder: false);
        folder.Dispose();
    }

    public void Dispose() => asOperator?.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task HTTP_Boot_of_UEFI_fetches_its_loader_by_URL_and_goes_on_to_the_kernel(CancellationToken cancellation)
    {
        var machine = The(MachineFirmware.HttpBoot);
        await HappensAsync(machine, "boot file snponly.efi sent by HTTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
        await ShowsAsync(machine, "Linux version", cancellation);
        Assert.That(await TimelineAsync(machine, cancellation), Has.None.Contains("TFTP"));
        await rack.PowerOffAsync(machine.Mac, cancellation);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_64_bit_ARM_machine_loads_the_iPXE_of_its_architecture_and_asks_for_its_own_script(CancellationToken cancellation)
    {
        var machine = The(MachineFirmware.Arm64);
        await HappensAsync(machine, "boot file ipxe-arm64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
        await rack.PowerOffAsync(machine.Mac, cancellation);
    }

    [Test, CancelAfter(2 * Patience)]
    public async Task Secure_Boot_refuses_an_unsigned_loader_and_boots_the_signed_chain_into_the_installed_system(CancellationToken cancellation)
    {
        var machine = The(MachineFirmware.SecureBoot);
        await HappensAsync(machine, "boot file snponly.efi sent by TFTP", cancellation);
        await ShowsAsync(machine, "Access Denied", cancellation);
        Assert.That(await TimelineAsync(machine, cancellation), Has.None.Contains("boot script"), "iPXE did not run");

        var text = await File.ReadAllTextAsync(Description, cancellation);
        await File.WriteAllTextAsync(Description, text.Replace($"hostname: {machine.Hostname}\n", $"hostname: {machine.Hostname}\n    boot_chain: secure-boot\n", StringComparison.Ordinal), cancellation);
        await rack.PowerOffAsync(machine.Mac, cancellation);
        await rack.PowerOnAsync(machine.Mac, cancellation);
        await HappensAsync(machine, "boot file shimx64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot file grubx64.efi sent by TFTP", cancellation);
        await HappensAsync(machine, "boot script: install (attempt 1)", cancellation);
        await ShowsAsync(machine, "Secure boot enabled", cancellation);

        await HappensAsync(machine, "boot script: boot from disk", cancellation);
        await ShowsAsync(machine, "Secure boot enabled", cancellation, times: 2);
        await rack.PowerOffAsync(machine.Mac, cancellation);
    }

    private RackMachine The(MachineFirmware firmware) => rack.State.Machines.Single(machine => machine.Firmware == firmware);

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

    /// <summary>Waits until the machine's serial console has shown it so many times.</summary>
    private async Task ShowsAsync(RackMachine machine, string text, CancellationToken cancellation, int times = 1)
    {
        var log = rack.Folder.Machine(machine.Hostname).ConsoleLog;
        while (!File.Exists(log) || (await File.ReadAllTextAsync(log, cancellation)).Split(text).Length <= times) await Task.Delay(500, cancellation);
    }
}
