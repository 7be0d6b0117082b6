using System.Reflection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Architecture;

[TestFixture]
public sealed class LayeringTests
{
    private static readonly Assembly Product = typeof(MacAddress).Assembly;

    [Test]
    public void No_folder_uses_what_it_must_not() =>
        Assert.That(Layers.Breaches(Product.GetTypes(), "Sextant"), Is.Empty);

    /// <summary>A test that finds nothing may be blind: each planted class breaks one rule and must be found.</summary>
    [TestCase("Dhcp.Wire.UsesItsParent", "uses Sextant.Tests.Architecture.Planted.Dhcp.Root")]
    [TestCase("Dhcp.UsesItsServer", "uses Sextant.Tests.Architecture.Planted.Dhcp.Server.Port")]
    [TestCase("Dhcp.OpensASocketInALambda", "uses System.Net.Sockets.Socket")]
    [TestCase("Dhcp.ReadsTheClock", "calls DateTimeOffset.get_UtcNow")]
    [TestCase("Dhcp.Logs", "uses Microsoft.Extensions.Logging.ILogger")]
    [TestCase("Tftp.UsesAnotherProtocol", "uses Sextant.Tests.Architecture.Planted.Dhcp.Root")]
    [TestCase("Planning.ReadsAFile", "uses System.IO.File")]
    [TestCase("Planning.RollsDice", "uses System.Random")]
    [TestCase("Rendering.KnowsAboutRequests", "uses Microsoft.AspNetCore.Http.HttpContext")]
    [TestCase("Primitives.KnowsThePlan", "uses Sextant.Tests.Architecture.Planted.Planning.RollsDice")]
    [TestCase("Storage.FindsServices", "uses IServiceProvider")]
    [TestCase("Boot.DependsOnStatus", "uses Sextant.Tests.Architecture.Planted.Status.Page")]
    [TestCase("Helpers.Anything", "is not in the layering table")]
    public void A_planted_violation_is_found(string type, string breach)
    {
        const string root = "Sextant.Tests.Architecture.Planted";
        var found = Layers.Breaches(typeof(LayeringTests).Assembly.GetTypes(), root).Where(line => line.StartsWith($"{root}.{type}", StringComparison.Ordinal));
        Assert.That(found, Has.Some.Contains(breach));
    }

    [Test]
    public void YamlDotNet_stays_inside_Cluster_and_Rendering()
    {
        var leaks = from type in Product.GetExportedTypes()
                    where type.Namespace is "Sextant.Cluster" or "Sextant.Rendering"
                    from member in type.GetMembers()
                    from named in Named(member)
                    where named.Namespace?.StartsWith("YamlDotNet", StringComparison.Ordinal) is true
                    select $"{type.FullName}.{member.Name}: {named}";
        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void Log_event_ids_are_unique()
    {
        var ids = from type in Product.GetTypes()
                  from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                  let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
                  where attribute is not null
                  select (attribute.EventId, Name: $"{type.Name}.{method.Name}");
        Assert.That(ids.GroupBy(pair => pair.EventId).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(pair => pair.Name))}"), Is.Empty);
    }

    private static IEnumerable<Type> Named(MemberInfo member) => member switch
    {
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)],
        ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        _ => [],
    };
}
