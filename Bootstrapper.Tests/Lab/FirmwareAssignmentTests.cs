using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class FirmwareAssignmentTests
{
    [TestCase(FirmwareChoice.Bios, "Bios Bios Bios")]
    [TestCase(FirmwareChoice.Uefi, "Uefi Uefi Uefi")]
    [TestCase(FirmwareChoice.Mixed, "Uefi Bios Uefi")]
    [TestCase(FirmwareChoice.SecureBoot, "SecureBoot SecureBoot SecureBoot")]
    [TestCase(FirmwareChoice.HttpBoot, "HttpBoot HttpBoot HttpBoot")]
    [TestCase(FirmwareChoice.Arm64, "Arm64 Arm64 Arm64")]
    public void Machines_get_firmware_in_the_order_of_the_description(FirmwareChoice choice, string expected) =>
        Assert.That(string.Join(' ', Enumerable.Range(0, 3).Select(index => FirmwareAssignment.Of(choice, index))), Is.EqualTo(expected));

    [Test]
    public void Every_choice_has_a_word() => Assert.That(FirmwareAssignment.Words.Values, Is.EquivalentTo(Enum.GetValues<FirmwareChoice>()));
}
