using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Power;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Power;

/// <summary>ipmitool against OpenIPMI's simulator of a management controller, on loopback.</summary>
[TestFixture]
public sealed class IpmiControllerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TemporaryFolder folder = null!;
    private Process simulator = null!;
    private int port;

    [OneTimeSetUp]
    public void Start()
    {
        folder = new TemporaryFolder();
        using (var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0))) port = ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
        Write("chassis", $"""
            #!/bin/sh
            cd {folder.Path}
            echo "$*" >> asked
            case "$1 $2" in
            "get power") echo "power:$(cat power)" ;;
            "get boot") echo "boot:none" ;;
            "set power") echo "$3" > power ;;
            "set shutdown") echo 0 > power ;;
            esac
            """);
        File.SetUnixFileMode(folder.File("chassis"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("power", "0");
        Write("password", "secret\n");
        Write("wrong", "wrong\n");
        Write("lan.conf", $"""
            name "rack"
            set_working_mc 0x20
              startlan 1
                addr 127.0.0.1 {port}
                priv_limit admin
                allowed_auths_admin md5
                guid a123456789abcdefa123456789abcdef
              endlan
              chassis_control "{folder.File("chassis")}"
              user 2 true "operator" "secret" admin 10 none md2 md5 straight
            """);
        Write("commands", "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nsel_enable 0x20 1000 0x0a\nmc_enable 0x20\n");
        simulator = Process.Start(new ProcessStartInfo("ipmi_sim", ["-c", folder.File("lan.conf"), "-f", folder.File("commands"), "-s", folder.Path, "-n"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        })!;
    }

    [OneTimeTearDown]
    public void End()
    {
        simulator.Kill();
        simulator.WaitForExit();
        simulator.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_machine_is_switched_and_told_what_to_boot()
    {
        Assert.That(await DoAsync(PowerAction.Status), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(await DoAsync(PowerAction.NetworkBoot), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(await DoAsync(PowerAction.Cycle), Is.EqualTo(new PowerOutcome.Done(PowerState.On)), "off: switched on");
        Assert.That(await DoAsync(PowerAction.On), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(await DoAsync(PowerAction.Cycle), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(await DoAsync(PowerAction.Off), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(await DoAsync(PowerAction.ForceOff), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(File.ReadLines(folder.File("asked")).Where(line => line.StartsWith("set ", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "set boot pxe", "set power 1", "set power 0", "set power 1", "set shutdown 1" }));
    }

    [Test]
    public async Task A_wrong_password_is_told_and_never_repeated()
    {
        var failed = (PowerOutcome.Failed)await DoAsync(PowerAction.Status, "wrong");
        Assert.That(failed.Reason, Is.AnyOf(PowerFailure.Unreachable, PowerFailure.Unauthorized));
        Assert.That(failed.Explanation, Does.StartWith("ipmi://127.0.0.1").And.Contain("account").And.Not.Contain("wrong"));
    }

    [Test]
    public async Task Without_the_program_it_says_which_package_brings_it()
    {
        var access = Access("password");
        Assert.That(await new IpmiController(access, "ipmitool-that-is-not-there", Patience).DoAsync(PowerAction.On, false, CancellationToken.None),
            Is.EqualTo(new PowerOutcome.Failed(PowerFailure.Unsupported, $"{access.Base}: the program ipmitool-that-is-not-there is missing; install the package ipmitool")));
    }

    [TestCase(true, "chassis bootdev pxe options=efiboot")]
    [TestCase(false, "chassis bootdev pxe")]
    public void UEFI_has_to_be_told_that_it_is(bool isUefi, string words) => Assert.That(string.Join(' ', IpmiController.WordsOf(PowerAction.NetworkBoot, null, isUefi)), Is.EqualTo(words));

    private Task<PowerOutcome> DoAsync(PowerAction action, string password = "password") => new IpmiController(Access(password), "ipmitool", Patience).DoAsync(action, false, CancellationToken.None);

    // The simulator does not say which cipher suites it has.
    private ControllerAccess Access(string password) => new($"ipmi://127.0.0.1:{port}", "operator", "", folder.File(password), null, null, null, CipherSuite: 3);

    private void Write(string name, string text) => File.WriteAllText(folder.File(name), text);
}
