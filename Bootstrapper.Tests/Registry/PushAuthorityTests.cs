using System.Text;
using NUnit.Framework;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Registry;

[TestFixture]
public sealed class PushAuthorityTests
{
    private const string Token = "tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Headers()
    {
        yield return new(null, Caller.Anonymous);
        yield return new("", Caller.Anonymous);
        yield return new("Basic " + Base64(":"), Caller.Anonymous);
        yield return new("Basic ", Caller.Anonymous);
        yield return new("Basic " + Base64("push:" + Token), Caller.Pusher);
        yield return new("basic " + Base64("push:" + Token), Caller.Pusher);
        yield return new("Bearer " + Token, Caller.Pusher);
        yield return new("bearer " + Token, Caller.Pusher);
        yield return new("Basic " + Base64("root:" + Token), Caller.Wrong);
        yield return new("Basic " + Base64("push:"), Caller.Wrong);
        yield return new("Basic " + Base64("push:" + Token[..^1]), Caller.Wrong);
        yield return new("Basic " + Base64("push" + Token), Caller.Wrong);
        yield return new("Basic ???", Caller.Wrong);
        yield return new("Bearer", Caller.Wrong);
        yield return new("Bearer " + Token + "x", Caller.Wrong);
        yield return new("Bearer push.99999999999.AAAA", Caller.Wrong);
        yield return new("Bearer push.-1.AAAA", Caller.Wrong);
        yield return new("Negotiate abc", Caller.Wrong);
    }

    [TestCaseSource(nameof(Headers))]
    public void Who_sent_a_header(string? header, Caller caller) => Assert.That(PushAuthority.Identify(header, Token, Now), Is.EqualTo(caller));

    [TestCase(true, Caller.Pusher)]
    [TestCase(false, Caller.Puller)]
    public void An_issued_token_is_good_for_its_lifetime_and_ends_with_the_push_token(bool mayPush, Caller caller)
    {
        var header = "Bearer " + PushAuthority.Issue(mayPush, Token, Now);
        Assert.That(PushAuthority.Identify(header, Token, Now), Is.EqualTo(caller));
        Assert.That(PushAuthority.Identify(header, Token, Now + PushAuthority.Lifetime), Is.EqualTo(caller));
        Assert.That(PushAuthority.Identify(header, Token, Now + PushAuthority.Lifetime + TimeSpan.FromSeconds(1)), Is.EqualTo(Caller.Wrong));
        Assert.That(PushAuthority.Identify(header, "another", Now), Is.EqualTo(Caller.Wrong));
        Assert.That(PushAuthority.Identify(header.Replace("pull.", "push.", StringComparison.Ordinal) + (mayPush ? "A" : ""), Token, Now), Is.EqualTo(Caller.Wrong), "forged");
    }

    [Test]
    public void Without_a_push_token_nobody_pushes()
    {
        Assert.That(PushAuthority.Identify("Basic " + Base64("push:"), null, Now), Is.EqualTo(Caller.Wrong));
        Assert.That(PushAuthority.Identify("Bearer " + PushAuthority.Issue(mayPush: true, null, Now), null, Now), Is.EqualTo(Caller.Puller));
    }

    [Test]
    public void The_token_is_a_file_only_its_owner_reads_and_a_new_one_replaces_it()
    {
        using var folder = new TemporaryFolder();
        var token = PushToken.OpenOrCreate(folder.Path);
        var first = token.Read()!;
        Assert.That(first, Has.Length.EqualTo(43), "256 bits in base64url");
        Assert.That(File.GetUnixFileMode(token.Path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(PushToken.OpenOrCreate(folder.Path).Read(), Is.EqualTo(first));
        Assert.That(PushToken.In(folder.Path).Replace(), Is.Not.EqualTo(first).And.EqualTo(token.Read()));
    }

    [Test]
    public void The_command_line_shows_the_token_and_replaces_it()
    {
        using var folder = new TemporaryFolder();
        var shown = Run("--state", folder.Path);
        Assert.That(Run("--state", folder.Path), Is.EqualTo(shown));
        Assert.That(Run("--state", folder.Path, "--json"), Is.EqualTo($"{{\"user\":\"push\",\"token\":\"{shown}\"}}"));
        Assert.That(Run("--state", folder.Path, "--new"), Is.Not.EqualTo(shown));

        static string Run(params string[] arguments)
        {
            var outcome = Product.Run(["registry", "token", .. arguments]);
            Assert.That(outcome.Status, Is.Zero, outcome.ToString());
            return outcome.Output.TrimEnd('\n');
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
