using NUnit.Framework;
using Sextant.Boot;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Boot;

/// <summary>Who may speak in a machine's name where another DHCP server gives the addresses.</summary>
[TestFixture]
public sealed class LinkAdmissionTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01"), Other = MacAddress.Parse("52:54:00:00:00:02");
    private static readonly Ipv4Address Peer = Ipv4Address.Parse("10.0.0.77"), Planned = Ipv4Address.Parse("10.0.0.11"), Routed = Ipv4Address.Parse("10.9.0.7");

    [Test]
    public void On_the_link_the_machine_is_who_answers_for_its_address_whatever_that_address_is() => Assert.Multiple(() =>
    {
        Assert.That(Decide(Peer, neighbour: Mac), Is.Null);
        Assert.That(Decide(Peer, neighbour: Mac, planned: Planned), Is.Null);
        Assert.That(Decide(Peer, neighbour: Mac, isLocal: false), Is.Null, "a second subnet on the same link");
    });

    [Test]
    public void On_the_link_nobody_else_is_even_with_the_planned_address() => Assert.Multiple(() =>
    {
        Assert.That(Decide(Planned, neighbour: Other, planned: Planned)!.Explanation, Does.Contain(Other.ToString()));
        Assert.That(Decide(Planned, neighbour: null, planned: Planned)!.Reason, Is.EqualTo(RefusalReason.WrongAddress));
    });

    [Test]
    public void Behind_a_router_the_machine_is_who_has_its_planned_address() => Assert.Multiple(() =>
    {
        Assert.That(Decide(Routed, isLocal: false, planned: Routed), Is.Null);
        Assert.That(Decide(Routed, isLocal: false, planned: Planned)!.Explanation, Does.Contain(Planned.ToString()));
        Assert.That(Decide(Routed, isLocal: false)!.Explanation, Does.Contain("Give it an ip"));
    });

    [Test]
    public void The_operators_socket_and_ignored_machines_get_nothing() => Assert.Multiple(() =>
    {
        Assert.That(Decide(null)!.Reason, Is.EqualTo(RefusalReason.WrongAddress));
        Assert.That(Decide(Peer, neighbour: Mac, entitlement: Entitlement.Ignored)!.Reason, Is.EqualTo(RefusalReason.UnknownMachine));
    });

    private static Admission.Denied? Decide(
        Ipv4Address? peer, MacAddress? neighbour = null, Ipv4Address? planned = null, bool isLocal = true, Entitlement entitlement = Entitlement.Node) =>
        LinkAdmission.Decide(new LinkClaim(Mac, entitlement, planned, peer, neighbour, isLocal));
}
