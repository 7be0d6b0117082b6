using NUnit.Framework;

namespace Sextant.Tests.Rendering;

/// <summary>The table of the dialect bites.</summary>
[TestFixture]
public sealed class CoreosDialectTests
{
    [TestCase("hostname: a", "")]
    [TestCase("write_files:\n  - {path: /a, permissions: \"0644\", owner: \"root:root\", encoding: b64, content: eA==}", "")]
    [TestCase("coreos: {units: [{name: a.service, command: start, drop_ins: [{name: b.conf, content: x}]}]}", "")]
    [TestCase("coreos: {units: [{name: a.service, drop-ins: []}]}", "coreos.units: unknown key drop-ins")]
    [TestCase("coreos: {update: {reboot-strategy: off}}", "coreos.update: unknown key reboot-strategy")]
    [TestCase("coreos: {update: {reboot_strategy: never}}", "coreos.update.reboot_strategy: never is no value of it")]
    [TestCase("coreos: {etcd2: {name: a}}", "coreos: unknown key etcd2")]
    [TestCase("coreos: {write_files: []}", "coreos: unknown key write_files")]
    [TestCase("ssh-authorized-keys: []", ": unknown key ssh-authorized-keys")]
    [TestCase("runcmd: []", ": unknown key runcmd")]
    [TestCase("users: [{name: a, sudo: ALL}]", "users: unknown key sudo")]
    [TestCase("write_files: [{path: a, permissions: \"0999\", owner: \"root:\", encoding: zip}]", "write_files.path: a is no value of it")]
    [TestCase("write_files: [{path: /a, permissions: \"0999\"}]", "write_files.permissions: 0999 is no value of it")]
    [TestCase("write_files: [{path: /a, encoding: zip}]", "write_files.encoding: zip is no value of it")]
    [TestCase("coreos: {units: [{name: a.service, command: enable}]}", "coreos.units.command: enable is no value of it")]
    [TestCase("coreos: {units: [{name: a.service, mask: yes}]}", "coreos.units.mask: yes is no value of it")]
    public void What_the_dialect_does_not_know_is_named(string yaml, string problem) =>
        Assert.That(CoreosDialect.Problems($"#cloud-config\n{yaml}\n") is [var first, ..] ? first : "", Is.EqualTo(problem));

    [Test]
    public void A_document_begins_with_its_kind() => Assert.That(CoreosDialect.Problems("hostname: a\n"), Is.Not.Empty);
}
