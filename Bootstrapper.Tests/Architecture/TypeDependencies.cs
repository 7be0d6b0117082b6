using System.Reflection;
using System.Reflection.Emit;

namespace Sextant.Tests.Architecture;

/// <summary>
/// What a type really uses: its signatures and the tokens in its IL, compiler-generated members (lambdas, iterators, async state machines)
/// included. Name lookup walks enclosing namespaces, so <c>using</c> lines would prove nothing.
/// </summary>
internal static class TypeDependencies
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoByte = new OpCode[256];

    static TypeDependencies()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            var value = unchecked((ushort)code.Value);
            if (value < 0x100) OneByte[value] = code;
            else if ((value & 0xff00) == 0xfe00) TwoByte[value & 0xff] = code;
        }
    }

    /// <summary>Every member and type that <paramref name="type"/> names, as types and as members called.</summary>
    public static (HashSet<Type> Types, HashSet<MemberInfo> Members) Of(Type type)
    {
        var types = new HashSet<Type>();
        var members = new HashSet<MemberInfo>();
        Add(types, type.BaseType);
        foreach (var contract in type.GetInterfaces()) Add(types, contract);
        foreach (var field in type.GetFields(Everything)) Add(types, field.FieldType);
        foreach (var property in type.GetProperties(Everything)) Add(types, property.PropertyType);
        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method is MethodInfo info) Add(types, info.ReturnType);
            foreach (var parameter in method.GetParameters()) Add(types, parameter.ParameterType);
            ReadBody(method, types, members);
        }
        return (types, members);
    }

    private static void ReadBody(MethodBase method, HashSet<Type> types, HashSet<MemberInfo> members)
    {
        if (method.GetMethodBody() is not { } body) return;
        foreach (var local in body.LocalVariables) Add(types, local.LocalType);
        foreach (var clause in body.ExceptionHandlingClauses)
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause) Add(types, clause.CatchType);
        var il = body.GetILAsByteArray() ?? [];
        var typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xfe ? TwoByte[il[++at]] : OneByte[il[at]];
            at++;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                Resolve(method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments), types, members);
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }

    private static void Resolve(MemberInfo? member, HashSet<Type> types, HashSet<MemberInfo> members)
    {
        switch (member)
        {
            case null: return;
            case Type named: Add(types, named); return;
            case FieldInfo field: Add(types, field.FieldType); break;
            case MethodInfo called:
                Add(types, called.ReturnType);
                foreach (var parameter in called.GetParameters()) Add(types, parameter.ParameterType);
                if (called.IsGenericMethod) foreach (var argument in called.GetGenericArguments()) Add(types, argument);
                break;
        }
        members.Add(member);
        Add(types, member.DeclaringType);
    }

    private static void Add(HashSet<Type> types, Type? type)
    {
        if (type is null || type.IsGenericParameter) return;
        if (type.HasElementType)
        {
            Add(types, type.GetElementType());
            return;
        }
        if (!types.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type)) return;
        if (type.IsGenericType) foreach (var argument in type.GetGenericArguments()) Add(types, argument);
    }
}
