using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore.Migrations;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Architecture;

/// <summary>Holds ARCHITECTURE.md's module table: a module uses only the public types of modules above it.</summary>
public class ModuleTests
{
    // The table's rows, top to bottom. Bot and ApiClient may come in any process without the others.
    private static readonly string[] Order =
    [
        "Kernel", "Persistence", "Caching", "Accounts", "Signing", "Venue", "Wallets", "Polymarket", "Simulator", "Markets", "Streaming",
        "Positions", "Trading", "Indexing", "Copying", "Api", "ApiClient", "Bot", "Web", "Observability",
    ];

    private static readonly Assembly Modules = typeof(Price).Assembly;

    private static readonly Type[] Types = [.. Modules.GetTypes().Where(t => ModuleOf(t) is not null && !t.IsDefined(typeof(CompilerGeneratedAttribute)))];

    [Fact]
    public void Every_namespace_is_a_row_of_the_table() =>
        Types.Select(ModuleOf).Distinct().Should().BeSubsetOf(Order);

    [Fact]
    public void A_module_uses_only_public_types_of_modules_above_it()
    {
        var wrong =
            from type in Types
            let mine = ModuleOf(type)!
            from used in UsedBy(type)
            let theirs = ModuleOf(used)
            where theirs is not null && theirs != mine
            where Array.IndexOf(Order, theirs) > Array.IndexOf(Order, mine) || !IsContract(used)
            where !IsRowMapping(mine, used)
            select $"{type.FullName} uses {used.FullName}";
        wrong.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void What_is_not_contract_is_internal_and_sealed()
    {
        var wrong = Types.Where(t => !t.IsNested && t.IsClass && !t.FullName!.Contains(".Migrations.") && !t.IsPublic && !t.IsSealed && !t.IsAbstract
            && !t.IsSubclassOf(typeof(ComponentBase)) && !t.IsSubclassOf(typeof(Migration)) && !Types.Any(other => other.BaseType == t));
        wrong.Select(t => t.FullName).Should().BeEmpty();
    }

    private static string? ModuleOf(Type type)
    {
        const string root = "PolyCopy.Modules.";
        var name = type.Namespace;
        if (type.Assembly != Modules || name is null || !name.StartsWith(root, StringComparison.Ordinal))
            return null;
        return name[root.Length..].Split('.')[0];
    }

    private static bool IsContract(Type type)
    {
        while (type.IsNested)
        {
            if (!type.IsNestedPublic)
                return false;
            type = type.DeclaringType!;
        }
        return type.IsPublic;
    }

    // Rows are mapped by helpers that Persistence keeps internal: IsJson, BulkUpdate.
    private static bool IsRowMapping(string mine, Type used) => used.Name is "JsonColumns" or "BulkRows" or "BulkInsert" or "BulkUpdate" or "BulkColumn" && mine is not "Kernel";

    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var seen = new List<Type>();
        if (type.BaseType is not null)
            seen.Add(type.BaseType);
        seen.AddRange(type.GetInterfaces());
        foreach (var member in type.GetMembers(all).Concat(type.GetNestedTypes(all).Where(n => n.IsDefined(typeof(CompilerGeneratedAttribute))).SelectMany(n => n.GetMembers(all))))
        {
            switch (member)
            {
                case FieldInfo field:
                    seen.Add(field.FieldType);
                    break;
                case MethodBase method:
                    seen.AddRange(method.GetParameters().Select(p => p.ParameterType));
                    if (method is MethodInfo info)
                        seen.Add(info.ReturnType);
                    seen.AddRange(InBody(method));
                    break;
            }
        }
        return seen.SelectMany(Unwrap).Distinct();
    }

    private static IEnumerable<Type> Unwrap(Type type)
    {
        if (type.HasElementType)
            return Unwrap(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Unwrap).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static readonly Dictionary<short, OpCode> OpCodesByValue =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    private static IEnumerable<Type> InBody(MethodBase method)
    {
        var body = method.GetMethodBody();
        if (body?.GetILAsByteArray() is not { } il)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        var typeArguments = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var i = 0; i < il.Length;)
        {
            short value = il[i++];
            if (value == 0xFE)
                value = (short)(0xFE00 | il[i++]);
            var code = OpCodesByValue[value];
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok or OperandType.InlineField)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(il, i), typeArguments, methodArguments);
                if ((member as Type ?? member?.DeclaringType) is { } used)
                    yield return used;
            }
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
        }
    }
}
