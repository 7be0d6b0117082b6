using NUnit.Framework;
using Sextant.Operators;

namespace Sextant.Tests.Operators;

[TestFixture]
public sealed class OperatorSessionsTests
{
    private const string Token = "the token";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_session_is_good_until_its_end_and_not_longer()
    {
        var sessions = new OperatorSessions();
        var name = sessions.Begin(Token, Start);
        Assert.That(name, Has.Length.EqualTo(43));
        Assert.That(sessions.Find(name, Token, Start), Is.EqualTo(Start + OperatorSessions.Lifetime));
        Assert.That(sessions.Find(name, Token, Start + OperatorSessions.Lifetime - TimeSpan.FromTicks(1)), Is.Not.Null);
        Assert.That(sessions.Find(name, Token, Start + OperatorSessions.Lifetime), Is.Null);
        Assert.That(sessions.Find(name + "x", Token, Start), Is.Null);
    }

    [Test]
    public void A_session_ends_with_its_token()
    {
        var sessions = new OperatorSessions();
        var name = sessions.Begin(Token, Start);
        Assert.That(sessions.Find(name, "another", Start), Is.Null);
        Assert.That(sessions.Find(name, null, Start), Is.Null);
    }

    [Test]
    public void A_session_ends_when_it_is_ended_and_the_others_go_on()
    {
        var sessions = new OperatorSessions();
        var (one, other) = (sessions.Begin(Token, Start), sessions.Begin(Token, Start));
        Assert.That(sessions.End(one), Is.True);
        Assert.That(sessions.End(one), Is.False);
        Assert.That(sessions.Find(one, Token, Start), Is.Null);
        Assert.That(sessions.Find(other, Token, Start), Is.Not.Null);
    }

    [Test]
    public void One_too_many_ends_the_one_that_would_end_first()
    {
        var sessions = new OperatorSessions();
        var names = Enumerable.Range(0, OperatorSessions.Capacity + 1).Select(i => sessions.Begin(Token, Start.AddSeconds(i))).ToList();
        Assert.That(sessions.Find(names[0], Token, Start.AddHours(1)), Is.Null);
        Assert.That(names.Skip(1).Select(name => sessions.Find(name, Token, Start.AddHours(1))), Has.None.Null);
    }
}
