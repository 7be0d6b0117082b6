using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class FirmwareAssignmentTests
{
    [TestCase(FirmwareChoice.Bios, "Bios Bios Bios")]
    [TestCase(FirmwareChoice.Uefi, "Uefi Uefi Uefi")]
    [TestCase(FirmwareChoice.Mixed, "Uefi Bios Uefi")]
    public void Machines_get_firmware_in_the_order_of_the_description(FirmwareChoice choice, string expected) =>
        Assert.That(string.Join(' ', Enumerable.Range(0, 3).Select(index => FirmwareAssignment.Of(choice, index))), Is.EqualTo(expected));
}
