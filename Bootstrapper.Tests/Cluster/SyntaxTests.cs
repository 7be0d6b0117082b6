using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Cluster.Schema;
using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Tests.Cluster;

/// <summary>One value's text: what is read is what was meant, and an editor's schema never refuses what is read.</summary>
public sealed class SyntaxTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static IEnumerable<ValueSyntax> Syntaxes => JsonSchemaTests.Keys.Select(pair => pair.Key.Syntax).OfType<ValueSyntax>()
        .Append(new LabelKeySyntax()).DistinctBy(syntax => syntax.GetType());

    [Test]
    public void A_duration_within_bounds_is_read_exactly() => Check(
        from unit in Gen.Elements('s', 'm', 'h', 'd') from count in Gen.Choose(1, 40_000_000) select (count, unit),
        pair =>
        {
            var meant = (long)pair.count * pair.unit switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 86400 };
            var reading = new DurationSyntax().Read($"{pair.count}{pair.unit}");
            return meant is >= 120 and <= 365 * 86400L ? reading.Fault is null && reading.Value.TotalSeconds == meant : reading.Fault is not null;
        });

    [TestCase("2m", 120)]
    [TestCase("120s", 120)]
    [TestCase("365d", 31_536_000)]
    [TestCase("8760h", 31_536_000)]
    public void The_bounds_of_a_duration_belong_to_it(string text, int seconds) =>
        Assert.That(new DurationSyntax().Read(text).Value, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void A_network_with_host_bits_is_answered_with_the_right_one() => Check(
        from value in Gen.Choose(int.MinValue, int.MaxValue) from prefix in Gen.Choose(0, 32) select (Address: new Ipv4Address(unchecked((uint)value)), prefix),
        pair =>
        {
            var right = new Ipv4Network(pair.Address, pair.prefix);
            var reading = new SubnetSyntax().Read($"{pair.Address}/{pair.prefix}");
            return right.Address == pair.Address ? reading.Value == right : reading.Fault!.EndsWith($"the network is {right}", StringComparison.Ordinal);
        });

    [Test]
    public void An_address_with_leading_zeros_is_answered_with_the_plain_one() => Check(
        from value in Gen.Choose(int.MinValue, int.MaxValue) select new Ipv4Address(unchecked((uint)value)),
        address =>
        {
            var padded = string.Join('.', address.ToString().Split('.').Select(part => part.PadLeft(3, '0')));
            return padded == address.ToString()
                ? new Ipv4Syntax().Read(padded).Value == address
                : new Ipv4Syntax().Read(padded).Fault!.EndsWith($"write {address}", StringComparison.Ordinal);
        });

    [Test]
    public void A_range_is_read_either_way_round_or_turned() => Check(
        from first in Gen.Choose(0, int.MaxValue) from last in Gen.Choose(0, int.MaxValue) select (First: new Ipv4Address((uint)first), Last: new Ipv4Address((uint)last)),
        pair =>
        {
            var reading = new Ipv4RangeSyntax().Read($"{pair.First}-{pair.Last}");
            return pair.First <= pair.Last
                ? reading.Value == new Ipv4Range(pair.First, pair.Last)
                : reading.Fault!.EndsWith($"write {pair.Last}-{pair.First}", StringComparison.Ordinal);
        });

    [Test]
    public void A_unicast_MAC_is_read_in_each_of_its_forms() => Check(
        from octets in Gen.Choose(0, 255).ArrayOf(6) select MacAddress.FromOctets([.. octets.Select(octet => (byte)octet)]),
        mac => new[] { mac.ToString(), mac.ToHyphenString(), mac.ToString().ToUpperInvariant(), mac.ToString().Replace(":", "", StringComparison.Ordinal) }
            .All(text => new MacSyntax().Read(text) is var reading && (mac.IsMulticast || mac.IsZero ? reading.Fault is not null : reading.Value == mac)));

    [TestCaseSource(nameof(Syntaxes))]
    public void What_is_read_matches_the_pattern_editors_get(object syntaxObject)
    {
        var syntax = (ValueSyntax)syntaxObject;
        var pattern = syntax.Pattern is { } text ? new Regex(text, RegexOptions.ECMAScript) : null;
        var random = new System.Random(7);
        var accepted = 0;
        for (var round = 0; round < 3000; round++)
        {
            var mutant = syntax.Example.ToList();
            for (var change = random.Next(3); change > 0; change--)
            {
                var at = random.Next(mutant.Count + 1);
                var letter = "019afzAZ.-_:/ \n=+@*\"'äu"[random.Next(23)];
                if (random.Next(3) == 0 && at < mutant.Count) mutant.RemoveAt(at);
                else if (random.Next(2) == 0 && at < mutant.Count) mutant[at] = letter;
                else mutant.Insert(at, letter);
            }
            var value = string.Concat(mutant);
            if (syntax.FaultOf(value) is not null) continue;
            accepted++;
            if (pattern is not null) Assert.That(pattern.IsMatch(value), $"{value} is read, but does not match {pattern}");
            if (syntax.Choices is { } choices) Assert.That(choices, Does.Contain(value));
        }
        Assert.That(accepted, Is.GreaterThan(100), "the examples must be read");
    }

    [TestCase("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+DPqbHxnkFTUqDVxVf4MBNYVOMbQBxQGVXrp6MbLQZ")]
    [TestCase("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+DPqbHxnkFTUqDVxVf4MBNYVOMbQBxQGVXrp6MbLQZ\n")]
    [TestCase("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+DPqbHxnkFTUqDVxVf4MBNYVOMbQBxQGVXrp6MbLQZ Ada Lovelace <ada@example>")]
    [TestCase(RealKeys.Rsa)]
    [TestCase(RealKeys.EcdsaP256)]
    [TestCase(RealKeys.EcdsaP521)]
    [TestCase(RealKeys.Ed25519)]
    public void A_public_key_line_is_read(string line) => Assert.That(new SshKeySyntax().Read(line), Is.EqualTo((Reading<string>)line.TrimEnd('\n')));

    [Test]
    public void No_part_of_a_public_key_is_taken_for_the_whole()
    {
        for (var length = 0; length < RealKeys.EcdsaP256.LastIndexOf(' '); length++)
            Assert.That(new SshKeySyntax().FaultOf(RealKeys.EcdsaP256[..length]), Is.Not.Null, $"the first {length} characters");
    }

    private static void Check<T>(Gen<T> generator, Func<T, bool> holds) => Prop.ForAll(generator.ToArbitrary(), holds).Check(Thorough);
}
