using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;

namespace Sextant.Planning;

/// <summary>A template cannot be filled: it does not exist, does not parse, or names a value nobody gives.</summary>
/// <param name="template">Its path below <c>templates/</c>.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="cause">The engine's exception, if it came from there.</param>
public sealed class TemplateException(string template, string problem, Exception? cause = null)
    : Exception($"template {template}: {problem}", cause)
{
    /// <summary>The template's path below <c>templates/</c>.</summary>
    public string Template { get; } = template;
}

/// <summary>
/// Fills the texts of a <see cref="TemplateSet"/> (Handlebars syntax, nothing escaped: the results are units, scripts and configuration files, not
/// HTML). Each template is compiled once per set. A pure function of set, path and values.
/// </summary>
public static class TemplateFilling
{
    private static readonly ConditionalWeakTable<TemplateSet, Compiled> CompiledSets = [];

    /// <summary>The template's text with the values in it, with Unix line ends.</summary>
    /// <param name="templates">The set.</param>
    /// <param name="path">The template, <c>etcd/etcd.env</c>.</param>
    /// <param name="values">Its values by name: text, numbers, lists, or dictionaries of these.</param>
    /// <exception cref="TemplateException">The set has no such template, it does not parse, or it names a value that is not given.</exception>
    public static string Fill(this TemplateSet templates, string path, IReadOnlyDictionary<string, object> values)
    {
        try
        {
            return CompiledSets.GetValue(templates, static set => new Compiled(set)).Get(path)(values);
        }
        catch (HandlebarsUndefinedBindingException missing)
        {
            throw new TemplateException(path, $"there is no value for '{missing.MissingKey ?? missing.Path}'", missing);
        }
        catch (HandlebarsException invalid)
        {
            throw new TemplateException(path, invalid.Message, invalid);
        }
    }

    /// <summary>The text of a file that is no template, as it stands, with Unix line ends.</summary>
    /// <param name="templates">The set.</param>
    /// <param name="path">The file, <c>installer/disk.sh</c>.</param>
    /// <exception cref="TemplateException">The set has no such file.</exception>
    public static string Plain(this TemplateSet templates, string path) =>
        templates.Texts.TryGetValue(path, out var text) ? text.ReplaceLineEndings("\n") : throw new TemplateException(path, "the templates folder has no such file");

    private sealed class Compiled(TemplateSet set)
    {
        private readonly IHandlebars engine = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true });
        private readonly ConcurrentDictionary<string, Lazy<HandlebarsTemplate<object, object>>> byPath = new(StringComparer.Ordinal);

        public HandlebarsTemplate<object, object> Get(string path) =>
            byPath.GetOrAdd(path, missing => new Lazy<HandlebarsTemplate<object, object>>(() => Compile(missing))).Value;

        private HandlebarsTemplate<object, object> Compile(string path) =>
            set.Texts.TryGetValue(path, out var text)
                ? engine.Compile(text.ReplaceLineEndings("\n"))
                : throw new TemplateException(path, "the templates folder has no such file");
    }
}
