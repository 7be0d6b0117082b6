using NUnit.Framework;
using Sextant.Assets;
using Sextant.Builds;

namespace Sextant.Tests.Builds;

public sealed class ToolClosureTests
{
    [TestCase("libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f5584600000)", "libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6")]
    [TestCase("/lib64/ld-linux-x86-64.so.2 (0x00007f5584e09000)", "/lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2")]
    [TestCase("libx.so.1 => not found", "libx.so.1", null)]
    [TestCase("linux-vdso.so.1 (0x00007f5584e07000)", null, null)]
    [TestCase("statically linked", null, null)]
    [TestCase("not a dynamic executable", null, null)]
    [TestCase("/usr/bin/cp:", null, null)]
    public void Lines_of_ldd(string line, string? name, string? path) =>
        Assert.That(LddLine.Read(line), Is.EqualTo(name is null ? null : new LddLine(name, path)));

    [Test]
    public async Task A_tool_that_is_not_there_is_named_with_its_package()
    {
        var closure = await ToolClosure.CollectAsync([new HostProgram("no-such-tool", "some-package"), new HostProgram("cp", "coreutils")], [], "/nonexistent", default);
        Assert.That(closure.Problems, Is.EqualTo(new[] { "no-such-tool is not on this machine: apt-get install some-package" }));
    }

    [Test]
    public async Task A_tool_of_the_operators_folder_goes_before_the_machines()
    {
        using var folder = new TestKit.TemporaryFolder();
        SmallPrograms.Write(folder.Path, ("cp", "mine"));
        var closure = await ToolClosure.CollectAsync([new HostProgram("cp", "coreutils")], [], folder.Path, default);
        Assert.That(closure.Entries.OfType<LayerEntry.Copied>(), Is.EqualTo(new[] { new LayerEntry.Copied("/usr/local/bin/cp", Path.Combine(folder.Path, "cp"), true) }));
    }

    [Test]
    public void Programs_are_told_apart()
    {
        using var folder = new TestKit.TemporaryFolder();
        SmallPrograms.Write(folder.Path, ("static", "x"));
        Assert.Multiple(() =>
        {
            Assert.That(ElfProgram.Read(folder.At("static")), Is.EqualTo(new ElfProgram(false)));
            Assert.That(ElfProgram.Read("/usr/bin/cp"), Is.EqualTo(new ElfProgram(true)));
            Assert.That(ElfProgram.Read(folder.Write("script", "#!/bin/sh\n")), Is.Null);
            var octets = SmallPrograms.Saying("x");
            octets[18] = 183; // aarch64
            File.WriteAllBytes(folder.At("arm"), octets);
            Assert.That(ElfProgram.Read(folder.At("arm")), Is.Null);
        });
        // No beginning of a program is one, and none of them is anything to stumble over.
        var whole = SmallPrograms.Saying("x");
        for (var length = 0; length < 120; length += 7)
        {
            File.WriteAllBytes(folder.At("part"), whole[..length]);
            Assert.That(ElfProgram.Read(folder.At("part")), Is.Null.Or.EqualTo(new ElfProgram(false)), $"{length}");
        }
    }
}
