using NUnit.Framework;
using Sextant.Planning;
using Sextant.Tests.Power;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Docs;

/// <summary>Every line of the documents that asks the service with curl, as it stands there but for the addresses, the token and the files.</summary>
[TestFixture]
public sealed class CurlExamplesTests
{
    private StandInRedfish controller = null!;
    private ServedAppliance appliance = null!;
    private TemporaryFolder folder = null!;

    private static IEnumerable<string> Lines() => DocumentedExamples.Of("sh rack").SelectMany(DocumentedExamples.Commands).Where(command => command.StartsWith("curl ", StringComparison.Ordinal)).Distinct();

    [OneTimeSetUp]
    public async Task An_appliance_with_a_machine_that_has_a_controller()
    {
        folder = new TemporaryFolder();
        controller = await StandInRedfish.OfOneMachineAsync();
        appliance = await ServedAppliance.StartAsync(controller.In(ServedAppliance.Cluster(), folder));
        await appliance.LeaseAsync(1);
        File.WriteAllText(folder.File("ca.crt"), appliance.Authorities[CertificateAuthorityName.Sextant].CertificatePem);
    }

    [OneTimeTearDown]
    public async Task Off()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
        await controller.DisposeAsync();
        folder.Dispose();
    }

    [TestCaseSource(nameof(Lines))]
    public void It_is_answered(string line)
    {
        var here = line
            .Replace("http://10.0.0.1/", appliance.HttpBase + "/", StringComparison.Ordinal)
            .Replace("http://192.0.2.1/", appliance.HttpBase + "/", StringComparison.Ordinal)
            .Replace("https://10.0.0.1/", appliance.HttpsBase + "/", StringComparison.Ordinal)
            .Replace("/run/sextant/sextant.sock", appliance.SocketPath, StringComparison.Ordinal)
            .Replace("TOKEN", appliance.OperatorToken, StringComparison.Ordinal)
            .Replace("curl ", "curl --silent --show-error --fail-with-body --max-time 30 ", StringComparison.Ordinal);
        var outcome = Tool.Run("sh", ["-c", here], folder: folder.Path);
        Assert.That(outcome.Status, Is.Zero, $"{here}: {outcome}");
    }
}
