using System.Reflection;
using NUnit.Framework;
using Sextant.Cluster;

namespace Sextant.Tests.Cluster;

public sealed class PublicSurfaceTests
{
    private static IEnumerable<Type> Types => typeof(ClusterFile).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("Sextant.Cluster", StringComparison.Ordinal) == true);

    [Test]
    public void The_folders_of_the_reader_are_its_own() =>
        Assert.That(Types.Where(type => type.IsPublic && type.Namespace != "Sextant.Cluster").Select(type => type.FullName), Is.Empty);

    [Test]
    public void No_public_member_speaks_of_YamlDotNet()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var spoken = Types.Where(type => type.IsPublic).SelectMany(type => type.GetMembers(all)).SelectMany(member => member switch
        {
            MethodInfo method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType),
            ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
            FieldInfo field => [field.FieldType],
            PropertyInfo property => [property.PropertyType],
            _ => Enumerable.Empty<Type>(),
        }).ToList();

        Assert.That(spoken, Is.Not.Empty);
        Assert.That(spoken.Where(type => type.Assembly.GetName().Name == "YamlDotNet"), Is.Empty);
    }

    [Test]
    public void YamlDotNet_is_known_to_the_YAML_folder_only()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var users = Types.Where(type => type.GetFields(all).Any(field => field.FieldType.Assembly.GetName().Name == "YamlDotNet")
            || type.GetMethods(all).Any(method => method.GetParameters().Any(parameter => parameter.ParameterType.Assembly.GetName().Name == "YamlDotNet")));

        Assert.That(users.Select(type => type.Namespace).Distinct(), Is.EqualTo(["Sextant.Cluster.Yaml"]));
    }
}
