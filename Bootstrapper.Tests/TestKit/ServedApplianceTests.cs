using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>Tests with an appliance of their own each, which is to have logged no failure in the end.</summary>
public abstract class ServedApplianceTests
{
    /// <summary>The appliance of this test.</summary>
    private protected ServedAppliance Appliance { get; private set; } = null!;

    [SetUp]
    public async Task Start() => Appliance = await ServedAppliance.StartAsync();

    [TearDown]
    public async Task Stop()
    {
        Assert.That(Appliance.Failures, Is.Empty);
        await Appliance.DisposeAsync();
    }
}
