using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp;

[TestFixture]
public sealed class TftpDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Machine Stranger = Machine.New(MacAddress.Parse("52:54:00:00:00:09"), Now);
    private static readonly TftpFile Loader = new("efi/snponly.efi", Digest.Sha256Of([1]), 1000);
    private static readonly TftpFile Large = new("large.bin", Digest.Sha256Of([2]), 1L << 30);
    private static readonly TftpFile Start4 = new("raspberrypi/start4.elf", Digest.Sha256Of([2]), 1L << 30);

    [TestCase("efi/snponly.efi")]
    [TestCase("/efi/snponly.efi")]
    [TestCase("//efi//snponly.efi")]
    [TestCase("\\efi\\snponly.efi")]
    [TestCase("./efi/./snponly.efi")]
    public void A_name_is_found_however_a_loader_spells_its_slashes(string file) =>
        Assert.That(Decide(file), Is.EqualTo(new TftpDecision.Send(Loader, false)));

    [TestCase("efi/../efi/snponly.efi", TftpRefusal.Path)]
    [TestCase("../../etc/shadow", TftpRefusal.Path)]
    [TestCase("..\\efi\\snponly.efi", TftpRefusal.Path)]
    [TestCase("efi/snponly.efi\n", TftpRefusal.Path)]
    [TestCase("/", TftpRefusal.Path)]
    [TestCase("/somewhere/snponly.efi", TftpRefusal.NoSuchFile)]
    [TestCase("EFI/SNPONLY.EFI", TftpRefusal.NoSuchFile)]
    [TestCase("efi", TftpRefusal.NoSuchFile)]
    [TestCase("..efi/snponly.efi", TftpRefusal.NoSuchFile)]
    public void Anything_the_catalogue_does_not_list_is_not_found(string file, TftpRefusal reason) =>
        Assert.That(Decide(file), Is.EqualTo(new TftpDecision.Refuse(reason, new TftpPacket.Error(TftpErrorCode.FileNotFound, "File not found"))));

    [TestCase("octet", null, false)]
    [TestCase("OCTET", null, false)]
    [TestCase("netascii", null, true)]
    [TestCase("NetASCII", null, true)]
    [TestCase("mail", TftpErrorCode.IllegalOperation, false)]
    [TestCase("", TftpErrorCode.IllegalOperation, false)]
    public void The_modes_are_octet_and_netascii_in_any_case(string mode, TftpErrorCode? error, bool asNetAscii)
    {
        var decision = Decide("efi/snponly.efi", mode);
        if (error is { } code) Assert.That((decision as TftpDecision.Refuse)?.Answer.Code, Is.EqualTo(code));
        else Assert.That((decision as TftpDecision.Send)?.AsNetAscii, Is.EqualTo(asNetAscii));
    }

    [Test]
    public void Nobody_writes()
    {
        var decision = TftpDecision.Decide(new TftpPacket.Request(true, "efi/snponly.efi", "octet", []), Find, IsDocument, null, Entitlement.Node, new TftpLimits(), Now);
        Assert.That((decision as TftpDecision.Refuse)?.Answer.Code, Is.EqualTo(TftpErrorCode.AccessViolation));
    }

    [Test]
    public void A_long_file_is_not_converted_to_netascii()
    {
        Assert.That(Decide("large.bin"), Is.InstanceOf<TftpDecision.Send>());
        Assert.That((Decide("large.bin", "netascii") as TftpDecision.Refuse)?.Reason, Is.EqualTo(TftpRefusal.TooLongForNetAscii));
    }

    [TestCase(Entitlement.Ignored, false, false)]
    [TestCase(Entitlement.Ignored, true, true)]
    [TestCase(Entitlement.Discovered, false, true)]
    [TestCase(Entitlement.Node, false, true)]
    [TestCase(Entitlement.Node, true, true)]
    public void A_machine_the_plan_ignores_finds_no_file(Entitlement entitlement, bool installed, bool served)
    {
        var machine = Stranger with { IsInstalled = installed };
        var decision = TftpDecision.Decide(new TftpPacket.Request(false, "efi/snponly.efi", "octet", []), Find, IsDocument, machine, entitlement, new TftpLimits(), Now);
        Assert.That(decision is TftpDecision.Send, Is.EqualTo(served));
        if (!served) Assert.That((decision as TftpDecision.Refuse)?.Answer.Code, Is.EqualTo(TftpErrorCode.FileNotFound));
    }

    [TestCase("0123abcd/start4.elf", true)]
    [TestCase("b8-27-eb-12-34-56/start4.elf", true)]
    [TestCase("start4.elf", false)]
    [TestCase("0123abcg/start4.elf", false)]
    [TestCase("0123abcd0/start4.elf", false)]
    [TestCase("0123abcd/bootsig.bin", false)]
    [TestCase("b8:27:eb:12:34:56/start4.elf", false)]
    public void A_Raspberry_Pi_finds_the_files_of_all_in_the_folder_of_its_board(string path, bool served)
    {
        var decision = Decide(path);
        Assert.That(decision is TftpDecision.Send { File.Name: "raspberrypi/start4.elf" }, Is.EqualTo(served));
        if (!served) Assert.That((decision as TftpDecision.Refuse)?.Answer.Code, Is.EqualTo(TftpErrorCode.FileNotFound), "a quick word: the ROM goes on to the next file at once");
    }

    [Test]
    public void A_document_is_made_for_whoever_asks_whatever_way_its_path_is_written()
    {
        Assert.That(Decide("/pxelinux.cfg//01-52-54-00-00-00-01"), Is.EqualTo(new TftpDecision.Make("pxelinux.cfg/01-52-54-00-00-00-01", false)));
        Assert.That(Decide("pxelinux.cfg/01-52-54-00-00-00-01", "netascii"), Is.EqualTo(new TftpDecision.Make("pxelinux.cfg/01-52-54-00-00-00-01", true)));
    }

    [TestCase("plain", "plain")]
    [TestCase("a\nb\n", "a\r\nb\r\n")]
    [TestCase("a\rb", "a\r\0b")]
    [TestCase("a\r\nb", "a\r\0\r\nb")]
    [TestCase("\n", "\r\n")]
    [TestCase("", "")]
    public void Netascii_ends_lines_in_cr_lf_and_marks_a_cr_of_its_own(string text, string encoded) =>
        Assert.That(System.Text.Encoding.Latin1.GetString(NetAscii.Encode(System.Text.Encoding.Latin1.GetBytes(text))), Is.EqualTo(encoded));

    private static TftpDecision Decide(string file, string mode = "octet") =>
        TftpDecision.Decide(new TftpPacket.Request(false, file, mode, []), Find, IsDocument, null, Entitlement.Discovered, new TftpLimits(), Now);

    private static TftpFile? Find(string path) => new[] { Loader, Large, Start4 }.FirstOrDefault(file => file.Name == path);

    private static bool IsDocument(string path) => path.StartsWith("pxelinux.cfg/", StringComparison.Ordinal);
}
