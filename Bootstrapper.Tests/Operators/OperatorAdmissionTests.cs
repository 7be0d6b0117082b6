using NUnit.Framework;
using Sextant.Operators;

namespace Sextant.Tests.Operators;

[TestFixture]
public sealed class OperatorAdmissionTests
{
    private const OperatorChannel Https = OperatorChannel.Https;

    private static IEnumerable<TestCaseData> Table()
    {
        yield return Row("the socket", new(OperatorChannel.Socket, Proof.None, Proof.None, RequestOrigin.Unsaid, true), OperatorMeans.Socket);
        yield return Row("the token", new(Https, Proof.Good, Proof.None, RequestOrigin.Unsaid, true), OperatorMeans.Token);
        yield return Row("the token from another site's page, which cannot know it", new(Https, Proof.Good, Proof.None, RequestOrigin.Foreign, true), OperatorMeans.Token);
        yield return Row("the token beside a session that is over", new(Https, Proof.Good, Proof.Bad, RequestOrigin.Ours, true), OperatorMeans.Token);
        yield return Row("a session on our page", new(Https, Proof.None, Proof.Good, RequestOrigin.Ours, true), OperatorMeans.Session);
        yield return Row("a session of what is no browser", new(Https, Proof.None, Proof.Good, RequestOrigin.Unsaid, true), OperatorMeans.Session);
        yield return Row("a session that only reads, from anywhere", new(Https, Proof.None, Proof.Good, RequestOrigin.Foreign, false), OperatorMeans.Session);
        yield return Row("a session that another site's page uses", new(Https, Proof.None, Proof.Good, RequestOrigin.Foreign, true), OperatorDenial.CrossSite);
        yield return Row("a session that is over", new(Https, Proof.None, Proof.Bad, RequestOrigin.Ours, true), OperatorDenial.SessionEnded);
        yield return Row("a wrong token", new(Https, Proof.Bad, Proof.None, RequestOrigin.Ours, true), OperatorDenial.TokenWrong);
        yield return Row("a wrong token beside a good session", new(Https, Proof.Bad, Proof.Good, RequestOrigin.Ours, true), OperatorDenial.TokenWrong);
        yield return Row("nothing", new(Https, Proof.None, Proof.None, RequestOrigin.Ours, true), OperatorDenial.CredentialsMissing);
        yield return Row("nothing, to read", new(Https, Proof.None, Proof.None, RequestOrigin.Foreign, false), OperatorDenial.CredentialsMissing);
        foreach (var proof in Enum.GetValues<Proof>())
            yield return Row($"in the clear, {proof}", new(OperatorChannel.Plain, proof, proof, RequestOrigin.Ours, true), OperatorDenial.HttpsRequired);
    }

    [TestCaseSource(nameof(Table))]
    public void The_decision_table(object claim, object expected) =>
        Assert.That(OperatorAdmission.Decide((OperatorClaim)claim), Is.EqualTo(expected));

    [Test]
    public void Nobody_is_the_operator_without_good_proof_or_the_socket()
    {
        foreach (var channel in Enum.GetValues<OperatorChannel>())
            foreach (var token in Enum.GetValues<Proof>())
                foreach (var session in Enum.GetValues<Proof>())
                    foreach (var origin in Enum.GetValues<RequestOrigin>())
                        foreach (var change in (bool[])[false, true])
                        {
                            var may = channel is OperatorChannel.Socket
                                || (channel is Https && (token is Proof.Good || (token is Proof.None && session is Proof.Good && !(change && origin is RequestOrigin.Foreign))));
                            Assert.That(OperatorAdmission.Decide(new OperatorClaim(channel, token, session, origin, change)) is OperatorAdmission.Admitted, Is.EqualTo(may));
                        }
    }

    private static TestCaseData Row(string name, OperatorClaim claim, OperatorMeans means) => new TestCaseData(claim, new OperatorAdmission.Admitted(means)).SetArgDisplayNames(name);

    private static TestCaseData Row(string name, OperatorClaim claim, OperatorDenial reason) => new TestCaseData(claim, new OperatorAdmission.Denied(reason)).SetArgDisplayNames(name);
}
