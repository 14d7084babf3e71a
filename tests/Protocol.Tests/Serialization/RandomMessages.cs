using System.Collections.Immutable;
using System.Reflection;
using CsCheck;

namespace AkkaKv.Protocol.Tests;

/// <summary>Messages of every type there is, with random content; a new type or member is in without a line here.</summary>
internal static class RandomMessages
{
    /// <summary>Every concrete type that carries a marker interface.</summary>
    public static IReadOnlyList<Type> TypesOf(Type marker) =>
        [.. marker.Assembly.GetTypes().Where(type => type.IsAssignableTo(marker) && !type.IsAbstract).OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>Any message with that marker.</summary>
    public static Gen<T> Any<T>() => Gen.Select(
        Gen.Int[0, TypesOf(typeof(T)).Count - 1], Gen.Int,
        (type, seed) => (T)Of(TypesOf(typeof(T))[type], new Random(seed)));

    /// <summary>A value of a type.</summary>
    public static object Of(Type type, Random random)
    {
        if (type == typeof(string)) return Text(random);
        if (type == typeof(int)) return random.Next(3) switch { 0 => 0, 1 => random.Next(200), _ => random.Next() };
        if (type == typeof(uint)) return (uint)random.NextInt64(uint.MaxValue);
        if (type == typeof(long)) return random.NextInt64();
        if (type == typeof(ulong)) return random.Next(3) switch { 0 => 0UL, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() };
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(Guid)) return Bytes(random, 16) is var bytes ? new Guid(bytes) : default;
        if (type == typeof(TimeSpan)) return TimeSpan.FromMilliseconds(random.Next(120_000));
        if (type == typeof(byte[])) return Bytes(random, random.Next(200));
        if (type == typeof(ReadOnlyMemory<byte>)) return (ReadOnlyMemory<byte>)Bytes(random, random.Next(200));
        if (type == typeof(Consistency)) return new Consistency(random.Next(-4, 6));
        if (type == typeof(WriteRequest)) return Of(OneOf(random, typeof(Put), typeof(Delete)), random);
        if (type == typeof(ClientReply))
            return Of(OneOf(random, typeof(Written), typeof(Deleted), typeof(Found), typeof(NotFound), typeof(RequestTimeout)), random);
        if (type == typeof(WriteCondition) && random.Next(2) == 0) return default(WriteCondition);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length))!;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return random.Next(2) == 0 ? null! : Of(underlying, random);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return Array(type.GetGenericArguments()[0], random);
        return Composite(type, random);
    }

    private static Type OneOf(Random random, params Type[] types) => types[random.Next(types.Length)];

    private static object Composite(Type type, Random random)
    {
        var constructor = type.GetConstructors()
            .Where(candidate => candidate.GetParameters().All(parameter => parameter.ParameterType != type))
            .OrderByDescending(candidate => candidate.GetParameters().Count(parameter => parameter.ParameterType != typeof(string)))
            .ThenByDescending(candidate => candidate.GetParameters().Length)
            .FirstOrDefault();
        var value = constructor is null
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Of(parameter.ParameterType, random))]);
        foreach (var property in Structure.Parts(type).Where(property => property.CanWrite)) property.SetValue(value, Of(property.PropertyType, random));
        return value;
    }

    private static object Array(Type element, Random random)
    {
        var items = System.Array.CreateInstance(element, random.Next(4));
        for (var i = 0; i < items.Length; i++) items.SetValue(Of(element, random), i);
        var create = typeof(ImmutableArray).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Single(method => method.Name == "Create" && method.GetParameters() is [{ ParameterType.IsArray: true }]);
        return create.MakeGenericMethod(element).Invoke(null, [items])!;
    }

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(4) switch { 0 => "é", 1 => "日", 2 => "🐘", _ => "a" }));

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
